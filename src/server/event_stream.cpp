#include "server/event_stream.h"

#include <fmt/format.h>

#include <utility>

namespace tidemark {

Frame event_frame(std::string_view name, std::string_view id, std::string_view data) {
  auto text = id.empty() ? std::string{} : fmt::format("id: {}\n", id);
  text += fmt::format("event: {}\ndata: {}\n\n", name, data);
  return std::make_shared<const std::string>(std::move(text));
}

Frame keep_alive_frame() {
  static const auto frame = std::make_shared<const std::string>(":\n\n");
  return frame;
}

void EventStream::push(const Frame& frame) {
  {
    const std::lock_guard guard{lock_};
    if (ended_) return;
    frames_.push_back(frame);
    queued_bytes_ += frame->size();
  }
  wake();
}

void EventStream::end(const Frame& last) {
  {
    const std::lock_guard guard{lock_};
    if (ended_) return;
    ended_ = true;
    frames_.push_back(last);
    queued_bytes_ += last->size();
  }
  wake();
}

bool EventStream::has_room() const {
  const std::lock_guard guard{lock_};
  return !ended_ && queued_bytes_ < most_bytes_;
}

bool EventStream::wants_keep_alive() const {
  const std::lock_guard guard{lock_};
  return frames_.empty() && !ended_;
}

std::string EventStream::take() {
  const std::lock_guard guard{lock_};
  std::string text;
  text.reserve(queued_bytes_);
  for (const auto& frame : frames_) text += *frame;
  frames_.clear();
  queued_bytes_ = 0;
  return text;
}

bool EventStream::is_over() const {
  const std::lock_guard guard{lock_};
  return ended_ && frames_.empty();
}

void EventStream::set_wakeup(std::function<void()> wakeup) {
  const std::lock_guard guard{lock_};
  wakeup_ = std::move(wakeup);
}

void EventStream::wake() const {
  std::function<void()> wakeup;
  {
    const std::lock_guard guard{lock_};
    wakeup = wakeup_;
  }
  if (wakeup) wakeup();
}

}  // namespace tidemark
