// The monitor that `run` starts beside the trainer: a process in a session of its own.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "monitor/monitor.h"
#include "os/unique_fd.h"

namespace tidemark {

class MonitorProcess {
 public:
  /// Starts it and hands it the request; `output` is its end of the tap's pipe.
  static Result<MonitorProcess> start(const MonitorRequest& request, UniqueFd output);

  /// Tells it about the trainer and waits, bounded, until it watches. What it said up to then is
  /// returned.
  struct Greeting {
    std::string journal{};  // where the trainer can record itself; empty: nowhere (yet)
    std::vector<std::string> notices{};
  };
  Greeting announce(ProcessIdentity trainer);
  void announce_output_file(const OutputSource& file);

  /// Tells it the end and waits until it has stored the run. A stopped monitor is continued first.
  struct Farewell {
    std::optional<MonitorMessage> done{};  // absent: it died, or took too long
    std::vector<std::string> notices{};
  };
  Farewell finish(const ReapedTrainer& reaped);

 private:
  MonitorProcess(pid_t pid, ControlChannel channel) : pid_(pid), channel_(std::move(channel)) {}
  pid_t pid_;
  ControlChannel channel_;
};

/// The other side, in the monitor's own process.
class LauncherLink final : public ParentLink {
 public:
  explicit LauncherLink(ControlChannel channel) : channel_(std::move(channel)) {}

  Result<MonitorRequest> receive_request();
  /// Waits for the trainer to exist; absent: it was never started.
  std::optional<ProcessIdentity> await_started();
  void send(const MonitorMessage& message);

  int poll_fd() const override { return channel_.fd(); }
  bool receive() override;
  std::optional<ReapedTrainer> reaped() const override { return told_.reaped; }
  std::span<const OutputSource> output_files() const override { return output_files_; }
  void notice(const std::string& line) override;

 private:
  void take(const std::string& message);
  ControlChannel channel_;
  std::mutex sending_{};  // the row writer's thread sends notices too
  LauncherMessage told_{};
  std::vector<OutputSource> output_files_{};
};

}  // namespace tidemark
