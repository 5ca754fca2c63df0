// Brings the trainer's output to the log reader: from the launcher's pipe, or from the file the
// trainer writes to. Reads what is there and never waits.
#pragma once

#include <cstdint>
#include <string>

#include "core/drops.h"
#include "logscan/logscan.h"
#include "monitor/monitor.h"
#include "os/unique_fd.h"

namespace tidemark {

class OutputFollower {
 public:
  explicit OutputFollower(const OutputSource& source);

  /// For poll(2): readable when the pipe has output; -1 for a file, which is looked at on each
  /// tick.
  int poll_fd() const { return pipe_open_ ? pipe_.get() : -1; }

  /// Feeds everything that waits, at most `kMostPerCall`, stamped with its arrival.
  void read_available(OutputReader& reader, double unix_seconds);

  /// True when any output could be read at all.
  bool has_source() const { return pipe_open_ || file_ || saw_output_; }

 private:
  static constexpr std::size_t kMostPerCall = 4U << 20;
  void read_pipe(OutputReader& reader, double unix_seconds);
  void read_file(OutputReader& reader, double unix_seconds);
  void reopen_if_replaced();

  UniqueFd pipe_;
  bool pipe_open_ = false;
  bool saw_output_ = false;
  std::string path_;
  UniqueFd file_;
  std::int64_t offset_ = 0;
};

}  // namespace tidemark
