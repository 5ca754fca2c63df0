// One stream on its way through the launcher: read from the trainer's end, written to where the
// launcher's own output goes. Nothing here waits; the caller polls. At most one piece is held at a
// time, so a slow reader slows the trainer as it would without us.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "launcher/streams.h"
#include "os/unique_fd.h"

namespace tidemark {

/// What a channel asks and tells while it carries.
struct ChannelCalls {
  /// Every piece that was written on, in order.
  std::function<void(std::span<const char>)> copy{};
  /// Whether the controlling terminal may be written to now. Empty: always.
  std::function<bool()> may_write_to_terminal{};
};

/// How much of `pending` goes into one write to a pipe: at most PIPE_BUF, which the kernel never
/// mixes with another writer's (pipe(7)), and whole lines where there are any, so that lines of two
/// trainers in one pipe stay whole as they would without us.
std::size_t pipe_piece_length(std::span<const char> pending);

class Channel {
 public:
  /// `upstream` is the trainer's pipe or pty; `own_fd` is what the launcher inherited, kept open by
  /// the caller only until this returns.
  static Result<Channel> open(UniqueFd upstream, const RelayPlan& plan, int own_fd);

  /// What to poll for: upstream, downstream; -1 where there is nothing to wait for.
  std::array<pollfd, 2> watched() const;
  /// After a poll: one read at most, then writes until there is no more room.
  void carry(std::span<const pollfd, 2> polled, const ChannelCalls& calls);

  /// Held back because the terminal may not be written to now; try again with `carry_held`.
  bool held() const { return held_; }
  void carry_held(const ChannelCalls& calls) { write_on(calls); }

  /// Nothing more will come and nothing is left to write.
  bool finished() const { return !upstream_ && pending().empty(); }
  /// Nothing to write, and nothing to read at this moment.
  bool at_rest() const;
  /// Bytes that could wait here and in the pipe or pty now: what the trainer wrote until now is
  /// among the next so many that are carried.
  std::size_t backlog_limit() const;
  std::size_t bytes_carried() const { return bytes_read_ - pending().size(); }

  const RelayPlan& plan() const { return plan_; }
  int upstream_fd() const { return upstream_.get(); }
  int downstream_fd() const { return downstream_.get(); }
  void close_downstream() { downstream_.reset(); }
  /// Why its bytes went nowhere; empty while all is well. A terminal that hung up is no failure.
  const std::string& failure() const { return failure_; }

 private:
  std::span<const char> pending() const {
    return std::span{buffer_}.subspan(written_, filled_ - written_);
  }
  void read_once();
  void write_on(const ChannelCalls& calls);
  std::ptrdiff_t write_piece(std::span<const char> piece) const;
  void downstream_failed(int error_number);

  UniqueFd upstream_;
  UniqueFd downstream_;
  RelayPlan plan_{};
  bool own_description_ = false;  // downstream_ may be non-blocking without changing others'
  bool controlling_terminal_ = false;
  bool discarding_ = false;  // downstream is gone, upstream is drained all the same
  bool held_ = false;
  std::string failure_{};
  std::vector<char> buffer_{};
  std::size_t filled_ = 0;
  std::size_t written_ = 0;
  std::size_t bytes_read_ = 0;
};

}  // namespace tidemark
