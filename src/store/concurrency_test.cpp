#include <set>
#include <thread>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

/// `count` threads that start together; each gets its number.
void at_once(int count, const std::function<void(int)>& act) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&act, i] { act(i); });
}

TEST(Concurrency, two_monitors_that_begin_runs_of_one_job_get_different_numbers) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  std::vector<std::vector<RunKey>> begun(2);
  at_once(2, [&](int i) {
    auto store = open_store(folder / "t.db");
    for (int n = 0; n < 20; ++n)
      begun[static_cast<std::size_t>(i)].push_back(begin(store, run_of("", "lora")));
  });
  std::set<std::int64_t> numbers;
  std::set<std::string> jobs;
  for (const auto& runs : begun)
    for (const auto& run : runs) {
      numbers.insert(run.number);
      jobs.insert(run.job_id);
    }
  EXPECT_EQ(numbers.size(), 40U);
  EXPECT_EQ(*numbers.rbegin(), 40);
  EXPECT_EQ(jobs.size(), 1U);
}

TEST(Concurrency, several_can_make_a_new_file_at_once) {
  for (int round = 0; round < 5; ++round) {
    const TemporaryFolder folder;
    at_once(4, [&](int i) {
      auto store = open_store(folder.path() / "sub" / "t.db");
      begin(store, run_of("job" + std::to_string(i)));
    });
    auto store = open_store(folder.path() / "sub" / "t.db");
    EXPECT_EQ(store.jobs()->size(), 4U);
  }
}

TEST(Concurrency, several_can_upgrade_an_old_file_at_once) {
  const TemporaryFolder folder;
  {
    OtherProgram other{folder / "t.db"};
    other.run(kBareContract);
    other.run(kBareRows);
  }
  at_once(4, [&](int) { open_store(folder / "t.db"); });
  auto store = open_store(folder / "t.db");
  EXPECT_EQ(store.jobs()->size(), 2U);
}

TEST(Concurrency, writers_and_a_reader_share_a_file) {
  const TemporaryFolder folder;
  auto reader = open_store(folder / "t.db");
  at_once(3, [&](int i) {
    if (i == 2) {
      for (int n = 0; n < 50; ++n) EXPECT_TRUE(reader.jobs());
      return;
    }
    auto store = open_store(folder / "t.db");
    const auto run = begin(store, run_of("job" + std::to_string(i)));
    for (int n = 0; n < 100; ++n) write_one(store, run, step_at(n, n));
    EXPECT_EQ(steps_of(store, run).size(), 100U);
  });
  EXPECT_EQ(reader.jobs()->size(), 2U);
}

}  // namespace
}  // namespace tidemark
