// The code of writer and reader at full speed, and under the deaths of either.
// protocol_model_test.cpp visits every order of a small protocol; this runs the real thing in the
// orders that come up.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "journal/journal.h"
#include "journal/journal_for_test.h"

namespace tidemark {
namespace {

/// One object in memory that forked children share, zeroed.
template <class Shared>
class SharedForTest {
 public:
  SharedForTest()
      : at_(static_cast<Shared*>(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedForTest() { ::munmap(at_, sizeof(Shared)); }
  SharedForTest(const SharedForTest&) = delete;
  SharedForTest& operator=(const SharedForTest&) = delete;
  Shared* operator->() const { return at_; }
  Shared& operator*() const { return *at_; }

 private:
  Shared* at_;
};

template <class Body>
pid_t start_child(const Body& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  body();
  ::_exit(0);
}

void kill_and_reap(pid_t child) {
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

/// Steps 0, 1, 2, ... without a gap; one that is not taken is tried again. `confirmed` is stored
/// after step() has returned true, as a caller would learn of it.
void record_forever(JournalWriter& writer, std::atomic<std::int64_t>& confirmed) {
  for (std::int64_t step = 0;;) {
    if (!writer.step({.step = step, .loss = 0.5})) {
      std::this_thread::yield();
      continue;
    }
    confirmed.store(++step, std::memory_order_release);
  }
}

/// What a monitor does, with a list for a database.
struct DrainLoop {
  JournalReader& reader;
  JournalPosition position{};
  std::vector<std::int64_t> steps{};
  std::uint64_t wrong = 0;

  void once() {
    const auto drained = drain_all(reader, position);
    for (const auto step : steps_of(drained)) steps.push_back(step);
    wrong += drained.malformed + drained.unknown_kind + drained.unreadable_lanes;
    position = drained.position;
    EXPECT_TRUE(reader.release(position));
  }
};

bool is_count_from_zero(const std::vector<std::int64_t>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

TEST(JournalStress, two_million_steps_and_events_pass_a_small_ring_in_order) {
  const JournalForTest journal{16384};
  auto writer = journal.writer();
  auto reader = journal.reader();
  constexpr std::int64_t kSteps = 2'000'000;
  std::atomic<std::int64_t> events = 0;
  std::jthread recording{[&] {
    for (std::int64_t step = 0; step < kSteps;) {
      if (!writer.step({.step = step, .loss = 1.0})) {
        std::this_thread::yield();
        continue;
      }
      if (step % 100 == 0 && writer.event("mark", std::to_string(step) + std::string(100, ' ')))
        events.fetch_add(1);
      ++step;
    }
  }};
  DrainLoop drain{reader};
  std::int64_t events_seen = 0;
  while (drain.steps.size() < kSteps) {
    const auto drained = drain_all(reader, drain.position);
    for (const auto& record : drained.records) {
      if (const auto* const event = std::get_if<EventRecord>(&record)) {
        ++events_seen;
        EXPECT_EQ(std::stoll(event->details), drain.steps.back());
      } else {
        drain.steps.push_back(std::get<StepRecord>(record).step);
      }
    }
    drain.wrong += drained.malformed + drained.unreadable_lanes;
    drain.position = drained.position;
    ASSERT_TRUE(reader.release(drain.position));
  }
  recording.join();
  events_seen += static_cast<std::int64_t>(drain_all(reader, drain.position).records.size());
  EXPECT_TRUE(is_count_from_zero(drain.steps));
  EXPECT_EQ(drain.steps.size(), 2'000'000U);
  EXPECT_EQ(events_seen, events.load());
  EXPECT_EQ(drain.wrong, 0U);
}

TEST(JournalStress, threads_do_not_disturb_each_other) {
  const JournalForTest journal{4096};
  auto writer = journal.writer();
  auto reader = journal.reader();
  constexpr std::int64_t kThreads = 4;
  constexpr std::int64_t kEach = 100'000;
  std::atomic<int> finished = 0;
  std::vector<std::jthread> threads;
  for (std::int64_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&writer, &finished, thread] {
      for (std::int64_t i = 0; i < kEach;) {
        if (writer.step({.step = thread * kEach + i}))
          ++i;
        else
          std::this_thread::yield();
      }
      finished.fetch_add(1);
    });
  DrainLoop drain{reader};
  while (finished.load() < kThreads) drain.once();
  threads.clear();
  drain.once();
  std::map<std::int64_t, std::int64_t> next;
  for (const auto step : drain.steps) EXPECT_EQ(step % kEach, next[step / kEach]++);
  EXPECT_EQ(drain.steps.size(), 400'000U);
  EXPECT_EQ(drain.wrong, 0U);
}

TEST(JournalStress, threads_that_come_and_go_while_lanes_are_reclaimed_lose_nothing) {
  const JournalForTest journal{1024};
  auto writer = journal.writer();
  auto reader = journal.reader();
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> taken = 0;
  std::vector<std::jthread> makers;
  for (int maker = 0; maker < 2; ++maker)
    makers.emplace_back([&] {
      for (int i = 0; i < 150; ++i)
        std::jthread{[&] {
          for (int step = 0; step < 50; ++step)
            if (writer.step({.step = step})) taken.fetch_add(1);
        }};
    });
  std::jthread monitor{[&] {
    DrainLoop drain{reader};
    while (!stop.load()) {
      drain.once();
      reader.reclaim_lanes(HostRoot{});
    }
    drain.once();
    EXPECT_EQ(drain.steps.size(), taken.load());
    EXPECT_EQ(drain.wrong, 0U);
  }};
  makers.clear();
  stop.store(true);
  monitor.join();
  EXPECT_EQ(writer.counts().records_taken, taken.load());
  EXPECT_GT(taken.load(), 1000U);
}

TEST(JournalStress, a_killed_writer_loses_nothing_that_it_was_told_is_taken) {
  const JournalForTest journal{4096};
  auto writer = journal.writer();
  auto reader = journal.reader();
  const SharedForTest<std::atomic<std::int64_t>> confirmed;
  JournalPosition position;
  std::mt19937 random{20261123};
  std::uint64_t total = 0;
  int one_more = 0;
  for (int round = 0; round < 300; ++round) {
    confirmed->store(0);
    const pid_t child = start_child([&] { record_forever(writer, *confirmed); });
    const auto target = std::uniform_int_distribution{0, 4000}(random);
    DrainLoop drain{reader, position};
    while (confirmed->load() < target) drain.once();
    kill_and_reap(child);
    drain.once();
    position = drain.position;
    ASSERT_TRUE(is_count_from_zero(drain.steps)) << "round " << round;
    const auto known = static_cast<std::size_t>(confirmed->load());
    ASSERT_GE(drain.steps.size(), known) << "round " << round;
    ASSERT_LE(drain.steps.size(), known + 1) << "round " << round;
    ASSERT_EQ(drain.wrong, 0U) << "round " << round;
    total += drain.steps.size();
    one_more += drain.steps.size() > known ? 1 : 0;
    reader.reclaim_lanes(HostRoot{});
  }
  std::printf("%llu records; after %d kills of 300 one more than was confirmed\n",
              static_cast<unsigned long long>(total), one_more);
  EXPECT_GT(total, 100'000U);
  EXPECT_EQ(writer.counts().dropped_no_lane, 0U);
}

// A database of which a transaction is the change of one word: rows behind `active`'s count are not
// there, and its other half is written before it becomes the active one.
struct TransactionalList {
  struct Commit {
    std::uint64_t rows = 0;
    std::array<std::uint64_t, tidemark_lane_count> next{};
  };
  static constexpr std::size_t kMostRows = 8'000'000;

  std::atomic<std::uint32_t> active;
  std::array<Commit, 2> commits;
  std::array<std::int64_t, kMostRows> rows;

  const Commit& committed() const { return commits[active.load(std::memory_order_acquire)]; }
  JournalPosition position(const std::string& journal_id) const {
    const auto& next = committed().next;
    return {journal_id, {next.begin(), next.end()}};
  }
  bool commit(const std::vector<std::int64_t>& steps, const JournalPosition& position) {
    const std::uint32_t other = 1 - active.load();
    std::uint64_t count = committed().rows;
    if (count + steps.size() > kMostRows) return false;
    for (const auto step : steps) rows[count++] = step;
    commits[other].rows = count;
    std::ranges::copy(position.next, commits[other].next.begin());
    active.store(other, std::memory_order_release);
    return true;
  }
};

/// A monitor that goes on from what is committed, until it is killed or the list is full.
void monitor_forever(const std::filesystem::path& path, TransactionalList& list) {
  auto reader = JournalReader::open(path);
  while (!reader) reader = JournalReader::open(path);  // the killed one's lock may live a moment
  for (;;) {
    const auto drained = reader->drain(list.position(reader->info().id));
    if (!drained || drained->malformed != 0) ::_exit(3);
    if (!list.commit(steps_of(*drained), drained->position)) ::_exit(0);
    if (!reader->release(drained->position)) ::_exit(4);
  }
}

std::vector<std::int64_t> rows_of(const TransactionalList& list) {
  return {list.rows.begin(),
          list.rows.begin() + static_cast<std::ptrdiff_t>(list.committed().rows)};
}

void finish(const JournalForTest& journal, TransactionalList& list) {
  auto reader = journal.reader();
  const auto rest = drain_all(reader, list.position(reader.info().id));
  EXPECT_EQ(rest.malformed, 0U);
  ASSERT_TRUE(list.commit(steps_of(rest), rest.position));
}

TEST(JournalStress, a_monitor_killed_again_and_again_neither_loses_nor_doubles) {
  const JournalForTest journal{4096};
  auto writer = journal.writer();
  const SharedForTest<std::atomic<std::int64_t>> confirmed;
  const SharedForTest<TransactionalList> list;
  const pid_t trainer = start_child([&] { record_forever(writer, *confirmed); });
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    // Every fourth is killed wherever it is by then, the others after so many rows of their own.
    const auto target = round % 4 == 0 ? 0U : std::uniform_int_distribution{1U, 3000U}(random);
    const auto before = list->committed().rows;
    const pid_t monitor = start_child([&] { monitor_forever(journal.path(), *list); });
    while (list->committed().rows < before + target) std::this_thread::yield();
    kill_and_reap(monitor);
  }
  kill_and_reap(trainer);
  finish(journal, *list);
  const auto rows = rows_of(*list);
  EXPECT_TRUE(is_count_from_zero(rows));
  EXPECT_GE(static_cast<std::int64_t>(rows.size()), confirmed->load());
  EXPECT_LE(static_cast<std::int64_t>(rows.size()), confirmed->load() + 1);
  EXPECT_GT(rows.size(), 100'000U);
  std::printf("%zu records through 200 monitors\n", rows.size());
}

TEST(JournalStress, trainer_and_monitor_killed_together_lose_nothing) {
  std::mt19937 random{11};
  for (int round = 0; round < 100; ++round) {
    const JournalForTest journal{4096};
    auto writer = journal.writer();
    const SharedForTest<std::atomic<std::int64_t>> confirmed;
    const SharedForTest<TransactionalList> list;
    const pid_t trainer = start_child([&] { record_forever(writer, *confirmed); });
    const pid_t monitor = start_child([&] { monitor_forever(journal.path(), *list); });
    const auto target = std::uniform_int_distribution{0, 10000}(random);
    while (confirmed->load() < target) std::this_thread::yield();
    ::kill(trainer, SIGKILL);
    ::kill(monitor, SIGKILL);
    ::waitpid(trainer, nullptr, 0);
    ::waitpid(monitor, nullptr, 0);
    finish(journal, *list);
    const auto rows = rows_of(*list);
    ASSERT_TRUE(is_count_from_zero(rows)) << "round " << round;
    ASSERT_GE(static_cast<std::int64_t>(rows.size()), confirmed->load()) << "round " << round;
    ASSERT_LE(static_cast<std::int64_t>(rows.size()), confirmed->load() + 1) << "round " << round;
  }
}

}  // namespace
}  // namespace tidemark
