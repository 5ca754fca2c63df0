#include "launcher/carrier.h"

#include <unistd.h>

#include "launcher/relay.h"
#include "os/descriptors.h"
#include "os/thread_name.h"

namespace tidemark {
namespace {

[[noreturn]] void carry_to_the_end(std::vector<Channel>& channels, LogCopy& log,
                                   const sigset_t& signal_mask) {
  ::setsid();  // no keyboard, no hang-up of the shell: its writers have neither
  name_this_thread("tidemark-carry");
  std::vector<int> kept{log.fd()};
  for (const auto& channel : channels) {
    kept.push_back(channel.upstream_fd());
    kept.push_back(channel.downstream_fd());
  }
  close_all_descriptors_but(std::move(kept));
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
