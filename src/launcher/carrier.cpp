#include "launcher/carrier.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "launcher/relay.h"

namespace tidemark {
namespace {

void close_range_of(unsigned first, unsigned last) {
  if (first > last || ::syscall(SYS_close_range, first, last, 0) == 0) return;
  const long limit = ::sysconf(_SC_OPEN_MAX);  // before Linux 5.9
  for (unsigned fd = first; fd <= last && fd < static_cast<unsigned>(limit); ++fd)
    ::close(static_cast<int>(fd));
}

// Somebody waits for the end of everything else that this process inherited.
void close_all_but(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    if (fd < 0) continue;
    if (static_cast<unsigned>(fd) > next) close_range_of(next, static_cast<unsigned>(fd) - 1);
    next = static_cast<unsigned>(fd) + 1;
  }
  close_range_of(next, ~0U);
}

[[noreturn]] void carry_to_the_end(std::vector<Channel>& channels, LogCopy& log,
                                   const sigset_t& signal_mask) {
  ::setsid();  // no keyboard, no hang-up of the shell: its writers have neither
  ::prctl(PR_SET_NAME, "tidemark-carry");
  std::vector<int> kept{log.fd()};
  for (const auto& channel : channels) {
    kept.push_back(channel.upstream_fd());
    kept.push_back(channel.downstream_fd());
  }
  close_all_but(std::move(kept));
  ::signal(SIGPIPE, SIG_IGN);
  ::pthread_sigmask(SIG_SETMASK, &signal_mask, nullptr);
  const ChannelCalls calls{.copy = [&](std::span<const char> piece) { log.write(piece); },
                           .may_write_to_terminal = {}};
  carry_until_finished(channels, calls);
  ::_exit(0);
}

}  // namespace

bool leave_carrier(std::vector<Channel>& channels, LogCopy& log, const sigset_t& signal_mask) {
  const pid_t pid = ::fork();
  if (pid == 0) carry_to_the_end(channels, log, signal_mask);
  return pid > 0;
}

}  // namespace tidemark
