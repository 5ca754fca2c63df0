#include "launcher/relay.h"

#include <algorithm>
#include <cerrno>

#include "os/descriptors.h"
#include "os/poll.h"

namespace tidemark {
namespace {

struct TrainerEnds {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<TrainerEnds> open_ends(const RelayPlan& plan) {
  if (plan.mode == StreamMode::pty) {
    auto pty = open_pty_like(plan.descriptors.front());
    if (!pty) return std::unexpected(pty.error());
    return TrainerEnds{std::move(pty->master), std::move(pty->slave)};
  }
  auto pipe = open_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  set_non_blocking(pipe->read_end.get());  // our end only: the ends are two descriptions
  return TrainerEnds{std::move(pipe->read_end), std::move(pipe->write_end)};
}

}  // namespace

Relay open_relay(std::span<const RelayPlan> plans) {
  Relay relay;
  for (const auto& plan : plans) {
    const int own_fd = plan.descriptors.front();
    auto ends = open_ends(plan);
    auto channel = ends ? Channel::open(std::move(ends->ours), plan, own_fd)
                        : Result<Channel>{std::unexpected(ends.error())};
    if (!channel) {
      relay.notes.push_back(channel.error().message + "; the output is not captured");
      continue;
    }
    for (const int fd : plan.descriptors) relay.moves.emplace_back(ends->theirs.get(), fd);
    if (plan.mode == StreamMode::pty)
      relay.mirrors.emplace_back(channel->upstream_fd(), channel->downstream_fd());
    relay.trainer_ends.push_back(std::move(ends->theirs));
    relay.channels.push_back(std::move(*channel));
  }
  return relay;
}

void append_watched(const std::vector<Channel>& channels, std::vector<pollfd>& polled) {
  for (const auto& channel : channels) {
    const auto entries = channel.watched();
    polled.insert(polled.end(), entries.begin(), entries.end());
  }
}

void carry_polled(std::vector<Channel>& channels, std::span<const pollfd> polled,
                  const ChannelCalls& calls) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].held())
      channels[i].carry_held(calls);
    else
      channels[i].carry(polled.subspan(2 * i).first<2>(), calls);
  }
}

void carry_until_finished(std::vector<Channel>& channels, const ChannelCalls& calls) {
  for (auto& channel : channels) channel.carry_held(calls);
  std::vector<pollfd> polled;
  while (!std::ranges::all_of(channels, &Channel::finished)) {
    polled.clear();
    append_watched(channels, polled);
    if (poll_all(polled, -1) < 0 && errno != EINTR) return;
    carry_polled(channels, polled, calls);
  }
}

void carry_what_is_there(std::vector<Channel>& channels, const ChannelCalls& calls) {
  constexpr int rounds = 64;  // a trainer's child may write without end
  std::vector<pollfd> polled;
  for (int round = 0; round < rounds; ++round) {
    polled.clear();
    append_watched(channels, polled);
    if (poll_all(polled, 0) <= 0) return;
    carry_polled(channels, polled, calls);
  }
}

}  // namespace tidemark
