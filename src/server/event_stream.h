// The events that one reader is still to be sent: a queue between those who know of news and the
// connection that carries them. Who fills it asks for room first: news that find none stay where
// they are, in the store, and come later. Any thread may call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tidemark {

using Frame = std::shared_ptr<const std::string>;

/// One event as a stream has it (HTML standard, server-sent events). `id` may be empty; `data` is
/// one line.
Frame event_frame(std::string_view name, std::string_view id, std::string_view data);
/// A comment: tells both ends that the other is there.
Frame keep_alive_frame();

class EventStream {
 public:
  explicit EventStream(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// Less than the bound is queued, and more may come.
  bool has_room() const;
  /// Always queued: the bound is exceeded by what one look brings, however large that is.
  void push(const Frame& frame);
  /// Nothing comes after it.
  void end(const Frame& last);
  bool wants_keep_alive() const;  // nothing is queued

  /// What is queued, in its order. Empty: nothing is.
  std::string take();
  /// Ended, and all was taken.
  bool is_over() const;
  /// Called, on the thread that pushes, whenever there is something to take.
  void set_wakeup(std::function<void()> wakeup);

 private:
  void wake() const;

  std::size_t most_bytes_;
  mutable std::mutex lock_{};
  std::deque<Frame> frames_{};
  std::size_t queued_bytes_ = 0;
  bool ended_ = false;
  std::function<void()> wakeup_{};
};

}  // namespace tidemark
