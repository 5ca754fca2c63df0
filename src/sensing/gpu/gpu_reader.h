// Reads the GPUs on a thread of its own, just ahead of when the next sample is expected, and leaves
// the latest answer in a slot. A driver that hangs holds that thread and nothing else.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/time.h"
#include "os/host_root.h"
#include "sensing/sensing.h"

namespace tidemark {

/// The run as it is now, for the slow side to look at.
struct GpuFollowed {
  std::int32_t main_pid = 0;  // 0: none lives
  std::span<const std::int32_t> pids{};
};

class GpuReader {
 public:
  /// `clock` outlives this.
  GpuReader(HostRoot host, GpuOptions options, const Clock& clock);
  GpuReader(GpuReader&&) noexcept;
  GpuReader& operator=(GpuReader&&) = delete;
  GpuReader(const GpuReader&) = delete;
  GpuReader& operator=(const GpuReader&) = delete;
  /// Waits a moment for the thread; one that a driver holds is left behind, with what it uses.
  ~GpuReader();

  /// Copies the latest answer into `sample` with its age, or nothing when the driver has not
  /// answered for long; asks for the next. Never waits for a driver.
  void take(HostSample& sample, const GpuFollowed& followed);

  /// For people: waits for an answer that is asked for now.
  GpuReport describe(std::chrono::milliseconds patience);

  /// That a driver stopped answering; once each time.
  std::optional<std::string> take_notice();

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;  // two lives: this object's, and that of a thread left behind
};

}  // namespace tidemark
