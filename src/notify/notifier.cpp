#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "notify/notify.h"
#include "os/thread_name.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostWaiting = 8;
constexpr int kTries = 2;
constexpr int kFirstGood = 200;
constexpr int kFirstNotGood = 300;

/// Empty: it was taken.
std::string problem_of(const Result<int>& status) {
  if (!status) return status.error().message;
  if (*status >= kFirstGood && *status < kFirstNotGood) return {};
  return "it answered " + std::to_string(*status);
}

}  // namespace

struct Notifier::State {
  std::string url;
  std::function<void(const std::string&)> on_failure;
  Post post;
  std::mutex mutex{};
  std::condition_variable_any wake{};
  std::deque<Notification> waiting{};
  std::jthread thread{};  // last: it ends before what it uses

  void send_now(const Notification& news) {
    const auto request = request_for(url, news);
    std::string problem;
    for (int i = 0; i < kTries; ++i) {
      const auto status = post(request);
      problem = problem_of(status);
      const bool again = !status && status.error().code == Errc::io;
      if (problem.empty() || !again) break;
    }
    if (!problem.empty())
      on_failure("\"" + news.title + "\" could not be sent to " + shown_url(url) + ": " + problem);
  }

  void work(const std::stop_token& stop) {
    name_this_thread("notify");
    std::unique_lock lock{mutex};
    for (;;) {
      wake.wait(lock, stop, [this] { return !waiting.empty(); });
      if (waiting.empty()) return;  // asked to stop, and nothing is left
      const auto news = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      send_now(news);
      lock.lock();
    }
  }
};

Notifier::Notifier(std::string url, std::function<void(const std::string&)> on_failure, Post post) {
  if (url.empty()) return;
  state_.reset(new State{std::move(url), std::move(on_failure), std::move(post)});
  state_->thread =
      std::jthread{[state = state_.get()](const std::stop_token& stop) { state->work(stop); }};
}

Notifier::~Notifier() = default;

void Notifier::finish() {
  if (!state_ || !state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

void Notifier::send(Notification news) {
  if (!state_) return;
  bool full = false;
  {
    const std::scoped_lock lock{state_->mutex};
    full = state_->waiting.size() >= kMostWaiting;
    if (!full) state_->waiting.push_back(std::move(news));
  }
  if (full) return state_->on_failure("too many notifications wait; one was dropped");
  state_->wake.notify_one();
}

}  // namespace tidemark
