// What the launcher asks of the system beyond POSIX: terminals, and two facts about a child.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>

#include "core/bytes.h"
#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

struct PtyPair {
  UniqueFd master;  // non-blocking
  UniqueFd slave;
};

/// A new pty; both ends close-on-exec, neither anyone's controlling terminal.
Result<PtyPair> open_pty_pair();

/// Which terminal it is, whatever file it was opened by: /dev/tty and /dev/pts/3 are two files for
/// one terminal. `file_device` (st_rdev) is the answer where the driver has none.
std::uint64_t terminal_number(int fd, dev_t file_device);

/// Whether the process ignores a signal or blocks it, as far as the system tells; false where it
/// does not. The terminal lets one that does write although it is in the background (SIGTTOU,
/// termios(3)).
bool ignores_or_blocks(pid_t pid, int signal);

/// ru_maxrss of wait4(2), whose unit each system has its own of.
Bytes max_rss_of(const rusage& usage);

}  // namespace tidemark
