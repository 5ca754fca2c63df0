// `--log FILE`: one more copy of the output. It may fail at any time; the relay goes on.
#pragma once

#include <span>
#include <string>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

class LogCopy {
 public:
  LogCopy() = default;  // copies nothing

  /// For appending; created 0600 less the umask. Every failure is `io`.
  static Result<LogCopy> open(const std::string& file);

  /// Stops for good at the first failure, with the reason kept.
  void write(std::span<const char> piece);

  int fd() const { return fd_.get(); }
  /// Why the copy ended early; empty while all is well.
  const std::string& failure() const { return failure_; }

 private:
  UniqueFd fd_;
  std::string file_{};
  std::string failure_{};
  long long bytes_written_ = 0;
};

}  // namespace tidemark
