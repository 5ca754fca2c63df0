#include "monitor/row_writer.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RowWriterTest : public ::testing::Test {
 protected:
  RowWriterTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_writer_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    info_.job_name = "lora";
    info_.process = {4242, 17};
  }
  ~RowWriterTest() override { std::filesystem::remove_all(folder_); }

  RowWriterOptions options() {
    RowWriterOptions options;
    options.database = folder_ / "metrics.db";
    options.busy_wait = milliseconds{20};
    options.retry_pause = milliseconds{10};
    options.last_wait = seconds{10};
    options.notice = [this](const std::string& line) {
      const std::scoped_lock lock{mutex_};
      notices_.push_back(line);
    };
    return options;
  }

  bool noticed(const std::string& part) {
    const std::scoped_lock lock{mutex_};
    return std::ranges::any_of(
        notices_, [&part](const auto& line) { return line.find(part) != std::string::npos; });
  }

  std::filesystem::path folder_;
  RunInfo info_;
  std::mutex mutex_;
  std::vector<std::string> notices_;
};

WriteGroup sample_with_event(double at, const std::string& type) {
  WriteGroup group;
  SampleRow row;
  row.unix_seconds = at;
  row.used = gib(1);
  const auto index = group.add(std::move(row));
  group.add(EventRecord{at, type, {}}, index);
  return group;
}

std::size_t count_samples(RowWriter::Outcome& outcome) {
  std::size_t count = 0;
  EXPECT_TRUE(
      outcome.store->for_each_sample(*outcome.run, [&count](const SampleRow&) { ++count; }));
  return count;
}

/// Holds the database's write lock, as another program might.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &db_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~Holder() {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(db_);
  }

 private:
  sqlite3* db_ = nullptr;
};

TEST_F(RowWriterTest, what_was_pushed_is_stored_when_it_finishes) {
  RowWriter writer{info_, options()};
  for (int i = 0; i < 25; ++i)
    writer.push(sample_with_event(i, "worker_start"),
                i % 2 == 0 ? Urgency::synced : Urgency::batched);
  auto outcome = writer.finish();
  ASSERT_TRUE(outcome.store);
  EXPECT_EQ(count_samples(outcome), 25U);
  EXPECT_EQ(outcome.drops.total(), 0U);
  const auto events = outcome.store->events(*outcome.run);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 25U);
  EXPECT_EQ(events->front().used, gib(1)) << "an event points at the sample taken with it";
}

TEST_F(RowWriterTest, a_held_database_is_waited_for_and_nothing_is_lost) {
  {
    RowWriter first{info_, options()};
    EXPECT_TRUE(first.finish().store);
  }  // makes the file
  auto holder = std::make_unique<Holder>(folder_ / "metrics.db");
  RowWriter writer{info_, options()};
  writer.push(sample_with_event(1, "training_start"), Urgency::synced);
  while (!noticed("lock") && !noticed("held")) std::this_thread::sleep_for(milliseconds{5});
  writer.push(sample_with_event(2, "worker_start"), Urgency::synced);
  holder.reset();
  auto outcome = writer.finish();
  ASSERT_TRUE(outcome.store);
  EXPECT_EQ(count_samples(outcome), 2U);
  EXPECT_EQ(outcome.drops.total(), 0U);
}

TEST_F(RowWriterTest, a_file_that_is_no_database_is_left_alone_and_rows_go_to_the_rescue) {
  auto with_rescue = options();
  std::ofstream{with_rescue.database} << std::string(8192, 'x');
  with_rescue.rescue_databases = {folder_ / "rescue.db"};
  RowWriter writer{info_, with_rescue};
  writer.push(sample_with_event(1, "training_start"), Urgency::synced);
  auto outcome = writer.finish();
  ASSERT_TRUE(outcome.store);
  EXPECT_EQ(outcome.database, folder_ / "rescue.db");
  EXPECT_EQ(count_samples(outcome), 1U);
  EXPECT_TRUE(noticed("rescue.db"));
  EXPECT_EQ(std::filesystem::file_size(with_rescue.database), 8192U);
}

TEST_F(RowWriterTest, beyond_the_stated_bound_rows_are_counted_as_dropped) {
  {
    RowWriter first{info_, options()};
    EXPECT_TRUE(first.finish().store);
  }
  auto bounded = options();
  bounded.max_queued_rows = 4;
  auto holder = std::make_unique<Holder>(folder_ / "metrics.db");
  RowWriter writer{info_, bounded};
  for (int i = 0; i < 3; ++i)
    writer.push(sample_with_event(i, "worker_start"), Urgency::batched);  // 2 rows each
  holder.reset();
  auto outcome = writer.finish();
  EXPECT_EQ(outcome.drops.of(Drop::queue_full), 2U);
  const auto stored = outcome.store->run(outcome.run->job_id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->drops.of(Drop::queue_full), 2U) << "the loss is stored with the run";
}

TEST_F(RowWriterTest, with_no_database_at_all_it_still_ends_and_says_so) {
  auto hopeless = options();
  hopeless.database = "/proc/nowhere/metrics.db";
  hopeless.last_wait = seconds{0};
  RowWriter writer{info_, hopeless};
  writer.push(sample_with_event(1, "training_start"), Urgency::synced);
  const auto outcome = writer.finish();
  EXPECT_FALSE(outcome.run);
  EXPECT_EQ(outcome.drops.of(Drop::write_failed), 2U);
}

}  // namespace
}  // namespace tidemark
