// nvidia-smi as a resident child that writes a line now and then. No shell; it ends with this
// object, and should this whole process be killed, at its next line (a broken pipe).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

class SmiChild {
 public:
  /// `program` is looked up in PATH when it has no slash.
  static Result<SmiChild> start(const std::string& program, std::span<const std::string> arguments);
  SmiChild(SmiChild&& other) noexcept;
  SmiChild& operator=(SmiChild&&) = delete;
  SmiChild(const SmiChild&) = delete;
  SmiChild& operator=(const SmiChild&) = delete;
  ~SmiChild();

  /// Hands over the whole lines that were written since the last call. False once it has ended and
  /// all it wrote was handed over. A line of more than a few KiB is no line of nvidia-smi's and is
  /// left out.
  bool take_lines(const std::function<void(std::string_view)>& take);

  /// Until there is something to read or it has ended, but no longer than this.
  void wait_for_output(std::chrono::milliseconds at_most) const;

 private:
  SmiChild(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}
  pid_t pid_ = -1;
  UniqueFd output_;
  std::string partial_{};
  bool skipping_ = false;  // inside a line that is too long
};

}  // namespace tidemark
