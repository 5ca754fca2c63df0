// The trainer's parent under `tidemark run`: starts it, carries its output where it must, hands every
// signal on exactly once, follows job control, reaps it with wait4. It knows nothing of monitoring.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "telemetry/process_sample.h"

namespace tidemark {

/// How one of the trainer's output streams is treated.
enum class StreamMode {
  inherit,  // a regular file, /dev/null, a closed descriptor, or --no-capture: handed on as it is
  pty,      // a terminal is replaced by a pty of the same size
  pipe,     // a pipe or socket goes through the launcher, bytes in order and unchanged
};

struct LaunchRequest {
  std::vector<std::string> command{};
  bool capture = true;          // false: --no-capture
  std::string log_file{};       // one more copy of the output; empty: none
  std::vector<std::string> extra_environment{};  // NAME=value
};

struct LaunchHooks {
  /// The trainer exists and is held before its exec; it goes on when this returns.
  std::function<void(ProcessIdentity)> on_started{};
  /// A piece of relayed output, on a relay thread. Must not block. Empty: no copy.
  std::function<void(std::span<const char>)> on_output{};
  /// A regular file that the trainer writes its output to, with the offset at its start.
  std::function<void(const std::string& path, long long offset)> on_output_file{};
};

struct LaunchOutcome {
  int wait_status = 0;               // as wait4 gave it
  rusage usage{};                    // exact ru_maxrss (KiB on Linux) and CPU time
  std::vector<int> signals_sent{};   // what was handed on, in order
};

/// Runs the command to its end. An Error only when it could not be started: not_found (exit code 127) or
/// permission (126), as shells have them.
Result<LaunchOutcome> launch(const LaunchRequest& request, const LaunchHooks& hooks);

/// The shell's convention: the exit code, or 128 + N after signal N.
int exit_code_of(int wait_status);

}  // namespace tidemark
