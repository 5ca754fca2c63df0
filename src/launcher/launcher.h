// The trainer's parent under `tidemark run`: starts it, carries its output where it must, hands
// every signal on exactly once, follows job control, reaps it with wait4. It knows nothing of
// monitoring.
//
// To the trainer, to the shell and to the user a launched command is the command itself, but for
// this:
//  - its output terminal is a pty of ours with output processing off (the real one does it, once);
//    keyboard, /dev/tty and the controlling terminal are the real ones. A program that takes
//    keyboard or job control from stderr (more, an interactive bash) needs `capture = false`;
//  - it leads a process group, as it does under an interactive shell: setsid(1) forks there;
//  - SIGSTOP cannot be caught: sent to the launcher it stops the launcher alone;
//  - the launcher's death is what the death of `script` or `tee` is: at its next write the trainer
//    gets SIGPIPE, or EIO from a terminal.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
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
  bool capture = true;  // false: --no-capture
  // One more copy of the output; empty: none. A stream that is a regular file or a device goes
  // through a pipe then, as nothing else can copy it. Appended to; created with mode 0600.
  std::string log_file{};
  std::vector<std::string> extra_environment{};  // NAME=value, in place of what NAME was
};

struct LaunchHooks {
  /// The trainer exists and is held before its exec; it goes on when this returns, with the
  /// variables (NAME=value) that this returns. Not called for a command that cannot be found. All
  /// signals are blocked and the launcher's ends of the trainer's output are open (close-on-exec):
  /// no place to fork something that lives on without an exec.
  std::function<std::vector<std::string>(ProcessIdentity)> on_started{};
  /// A piece of relayed output, after it was written on; never two at a time. Must not block:
  /// signals and output wait for it. Empty: no copy.
  std::function<void(std::span<const char>)> on_output{};
  /// A regular file that the trainer writes its output to, with the offset at its start. Called
  /// before the start, once where both streams are one file.
  std::function<void(const std::string& path, long long offset)> on_output_file{};
};

struct LaunchOutcome {
  int wait_status = 0;  // as wait4 gave it
  // ru_maxrss of wait4: exact. Linux keeps the maximum over the exec, so it is never below what the
  // launcher itself held at the fork (a few MiB).
  std::optional<Bytes> max_rss{};
  std::vector<int> signals_sent{};   // what was handed on, in order; the first 4096
  std::vector<std::string> notes{};  // what went on otherwise than asked; a line each, for stderr
  // SIGINT or SIGQUIT where the trainer died of one that the keyboard sent; see
  // pass_on_keyboard_signal.
  int keyboard_signal = 0;
  bool keyboard_signal_seen_by_group = false;  // the kernel sent it to the launcher's group too
};

/// Runs the command to its end. An Error when it could not be started: not_found (exit code 127) or
/// permission (126), as shells have them; `invalid` and `io` where the request or this machine
/// stood in the way.
///
/// While it runs every signal is blocked in the calling thread; other threads must block them too.
/// Descriptor 0 is /dev/null afterwards, so that the trainer alone holds its standard input.
Result<LaunchOutcome> launch(const LaunchRequest& request, const LaunchHooks& hooks);

/// The shell's convention: the exit code, or 128 + N after signal N.
int exit_code_of(int wait_status);

/// For the end of the program, instead of an exit with 130: after a Ctrl-C that the trainer died
/// of, the launcher's own process group gets the signal that only the trainer's saw, and this
/// process dies of it, so that a script or a loop around it ends as it would have (a shell looks at
/// how its child died; $? is 130 both ways). Returns when there is nothing to pass on.
void pass_on_keyboard_signal(const LaunchOutcome& outcome);

/// For the beginning of the program, before anything is opened: standard descriptors that are
/// closed become /dev/null, close-on-exec, so that no file of ours gets their number and the
/// trainer still finds them closed. `launch` does it too.
void occupy_closed_standard_streams();

/// For the beginning of the program: a file of ours that would exceed the limit on file sizes
/// (ulimit -f) is then an error, and no signal that ends us. `launch` gives the trainer the signal
/// as it was.
void ignore_file_size_signal();

}  // namespace tidemark
