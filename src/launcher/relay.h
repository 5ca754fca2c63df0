// Opens the trainer's side of its output streams, and carries several channels at once.
#pragma once

#include <poll.h>

#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "launcher/channel.h"
#include "launcher/child.h"
#include "launcher/pty.h"

namespace tidemark {

struct Relay {
  std::vector<Channel> channels{};
  std::vector<PtyMirror> mirrors{};      // of the channels that are ptys
  std::vector<UniqueFd> trainer_ends{};  // to be closed here once the trainer has them
  DescriptorMoves moves{};               // which of them the trainer has as 1 and 2
  std::vector<std::string> notes{};      // streams that could not be relayed and are inherited
};

/// A pipe or pty for every plan.
Relay open_relay(std::span<const RelayPlan> plans);

/// Two entries a channel, in their order.
void append_watched(const std::vector<Channel>& channels, std::vector<pollfd>& polled);
void carry_polled(std::vector<Channel>& channels, std::span<const pollfd> polled,
                  const ChannelCalls& calls);

/// Waits and carries until every channel is finished.
void carry_until_finished(std::vector<Channel>& channels, const ChannelCalls& calls);

/// Reads what is there and writes what there is room for; does not wait.
void carry_what_is_there(std::vector<Channel>& channels, const ChannelCalls& calls);

}  // namespace tidemark
