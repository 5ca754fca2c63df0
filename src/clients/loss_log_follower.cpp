#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "clients/clients.h"
#include "clients/loss_log.h"
#include "os/thread_name.h"

namespace tidemark {
namespace {

// ai-toolkit flushes every quarter of a second; nobody waits for these rows.
constexpr std::chrono::seconds kLookEvery{2};
// At the end a writer may still hold the file.
constexpr int kLastTries = 20;
constexpr std::chrono::milliseconds kBetweenTries{100};

}  // namespace

struct LossLogFollower::State {
  LossLog log;
  std::mutex mutex{};
  std::condition_variable_any wake{};
  std::vector<StepRecord> found{};
  std::jthread thread{};  // last: it ends before what it uses

  /// False: the file could not be read, which may pass.
  bool look() {
    auto steps = log.read_new();
    if (!steps) return steps.error().code == Errc::not_found;
    const std::scoped_lock lock{mutex};
    found.insert(found.end(), std::make_move_iterator(steps->begin()),
                 std::make_move_iterator(steps->end()));
    return true;
  }

  void follow(const std::stop_token& stop) {
    name_this_thread("loss-log");
    std::unique_lock lock{mutex};
    while (!stop.stop_requested()) {
      lock.unlock();
      (void)look();
      lock.lock();
      wake.wait_for(lock, stop, kLookEvery, [] { return false; });
    }
    lock.unlock();
    for (int i = 0; i < kLastTries && !look(); ++i) std::this_thread::sleep_for(kBetweenTries);
  }
};

LossLogFollower::LossLogFollower(std::vector<std::filesystem::path> candidates,
                                 double since_unix_seconds)
    : state_(new State{.log = LossLog{std::move(candidates), since_unix_seconds}}) {
  state_->thread =
      std::jthread{[state = state_.get()](const std::stop_token& stop) { state->follow(stop); }};
}

LossLogFollower::~LossLogFollower() = default;

std::vector<StepRecord> LossLogFollower::take_steps() {
  const std::scoped_lock lock{state_->mutex};
  return std::exchange(state_->found, {});
}

std::vector<StepRecord> LossLogFollower::finish() {
  if (state_->thread.joinable()) {
    state_->thread.request_stop();
    state_->thread.join();
  }
  return take_steps();
}

}  // namespace tidemark
