// A command that goes on in the background: its caller waits until it has begun, and not longer.
#pragma once

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

/// In the process that goes on; lets the one that waits return.
class Background {
 public:
  /// Forks. In the caller: waits (three seconds at most) until the child says that it works, and
  /// ends this process with 0, or with 1 when the child ended before that. In the child: a session
  /// of its own, without the caller's standard streams, deaf to what terminals send. To be called
  /// while there is one thread.
  static Result<Background> enter();

  /// It works.
  void ready();
  /// It does not: the caller prints this line.
  void failed(const std::string& line);

 private:
  explicit Background(UniqueFd waiting) : waiting_(std::move(waiting)) {}
  UniqueFd waiting_;
};

}  // namespace tidemark
