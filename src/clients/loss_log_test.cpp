#include "clients/loss_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "clients/clients.h"
#include "clients/database_for_test.h"

namespace tidemark {
namespace {

constexpr auto kTables =
    "PRAGMA journal_mode = WAL;"
    "CREATE TABLE steps (step INTEGER PRIMARY KEY, wall_time REAL NOT NULL);"
    "CREATE TABLE metrics (step INTEGER NOT NULL, key TEXT NOT NULL, value_real REAL,"
    " value_text TEXT, PRIMARY KEY (step, key))";

std::string step(int number, double at, const std::string& loss) {
  const auto n = std::to_string(number);
  auto sql = "BEGIN; INSERT OR REPLACE INTO steps VALUES (" + n + ", " + std::to_string(at) +
             "); INSERT OR REPLACE INTO metrics VALUES (" + n + ", 'learning_rate', 0.0001, NULL);";
  if (!loss.empty())
    sql += "INSERT OR REPLACE INTO metrics VALUES (" + n + ", 'loss/loss', " + loss + ", NULL);";
  return sql + "COMMIT";
}

std::vector<std::int64_t> numbers(const Result<std::vector<StepRecord>>& steps) {
  EXPECT_TRUE(steps) << steps.error().message;
  std::vector<std::int64_t> found;
  for (const auto& one : *steps) found.push_back(one.step);
  return found;
}

using Numbers = std::vector<std::int64_t>;

TEST(LossLog, gives_each_step_once_with_loss_rate_and_the_trainers_time) {
  DatabaseFile file{"loss_log.db"};
  file.run(kTables).run(step(1, 100, "0.5"));
  LossLog log{{file.path()}, 50};
  const auto first = log.read_new();
  ASSERT_EQ(numbers(first), (Numbers{1}));
  EXPECT_EQ(first->front().loss, 0.5);
  EXPECT_EQ(first->front().learning_rate, 0.0001);
  EXPECT_EQ(first->front().unix_seconds, 100);
  EXPECT_EQ(first->front().source, StepSource::loss_log);
  EXPECT_EQ(numbers(log.read_new()), Numbers{});
  file.run(step(2, 101, "0.4")).run(step(3, 102, "0.3"));
  EXPECT_EQ(numbers(log.read_new()), (Numbers{2, 3}));
}

TEST(LossLog, rows_of_an_earlier_run_are_not_this_runs) {
  DatabaseFile file{"loss_log.db"};
  file.run(kTables).run(step(1, 100, "0.5")).run(step(2, 101, "0.4")).run(step(3, 102, "0.3"));
  LossLog log{{file.path()}, 500};
  EXPECT_EQ(numbers(log.read_new()), Numbers{});
  // Resumed at 2: what was behind it goes, and it is written again.
  file.run("DELETE FROM steps WHERE step > 2").run(step(2, 510, "0.35"));
  EXPECT_EQ(numbers(log.read_new()), (Numbers{2}));
  file.run(step(3, 511, "0.3"));
  EXPECT_EQ(numbers(log.read_new()), (Numbers{3}));
}

TEST(LossLog, a_skipped_step_has_no_loss_and_a_nan_is_one) {
  DatabaseFile file{"loss_log.db"};
  file.run(kTables).run(step(1, 100, "")).run(step(2, 101, "NULL"));
  const auto steps = LossLog{{file.path()}, 0}.read_new();
  ASSERT_EQ(numbers(steps), (Numbers{1, 2}));
  EXPECT_EQ(steps->at(0).loss, std::nullopt);
  EXPECT_EQ(steps->at(0).learning_rate, std::nullopt);
  ASSERT_TRUE(steps->at(1).loss);
  EXPECT_TRUE(std::isnan(*steps->at(1).loss));
}

TEST(LossLog, that_a_writer_holds_loses_nothing) {
  DatabaseFile file{"loss_log.db"};
  file.run(kTables).run("PRAGMA journal_mode = DELETE").run(step(1, 100, "0.5"));
  LossLog log{{file.path()}, 0};
  file.run("BEGIN EXCLUSIVE");
  EXPECT_EQ(log.read_new().error().code, Errc::busy);
  file.run("COMMIT");
  EXPECT_EQ(numbers(log.read_new()), (Numbers{1}));
}

TEST(LossLog, is_waited_for_and_the_follower_reads_the_rest_at_the_end) {
  DatabaseFile file{"loss_log.db"};
  LossLog missing{{"/nowhere/loss_log.db"}, 0};
  EXPECT_EQ(missing.read_new().error().code, Errc::not_found);
  LossLogFollower follower{{"/nowhere/loss_log.db", file.path()}, 0};
  file.run(kTables).run(step(1, 100, "0.5")).run(step(2, 101, "0.4"));
  const auto early = follower.take_steps();
  const auto rest = follower.finish();
  EXPECT_EQ(early.size() + rest.size(), 2U);
}

}  // namespace
}  // namespace tidemark
