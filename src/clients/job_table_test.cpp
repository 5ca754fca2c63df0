#include <gtest/gtest.h>

#include <string>

#include "clients/clients.h"
#include "clients/database_for_test.h"

namespace tidemark {
namespace {

// The columns that are read, and one of those that are not.
constexpr auto kTables =
    "CREATE TABLE Settings (id INTEGER PRIMARY KEY, key TEXT, value TEXT);"
    "CREATE TABLE Job (id TEXT PRIMARY KEY, name TEXT, status TEXT, info TEXT, job_type TEXT,"
    " pid INTEGER, updated_at DATETIME, job_config TEXT)";

std::string row(const std::string& id, const std::string& status, const std::string& pid,
                const std::string& updated_ms = "1000") {
  return "INSERT INTO Job VALUES ('" + id + "', 'lora_" + id + "', '" + status + "', 'Training', " +
         "'train', " + pid + ", " + updated_ms + ", '{}')";
}

TEST(JobTable, gives_the_jobs_that_run_with_their_pids) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables).run(row("a", "running", "4711")).run(row("b", "completed", "5"));
  file.run(row("c", "stopping", "NULL")).run(row("d", "queued", "NULL"));
  JobTable table{file.path()};
  const auto jobs = table.active_jobs();
  ASSERT_TRUE(jobs) << jobs.error().message;
  ASSERT_EQ(jobs->size(), 2U);
  EXPECT_EQ(jobs->at(0).id, "a");
  EXPECT_EQ(jobs->at(0).name, "lora_a");
  EXPECT_EQ(jobs->at(0).pid, 4711);
  EXPECT_EQ(jobs->at(1).pid, std::nullopt);
}

TEST(JobTable, a_pid_that_no_kernel_gives_is_none) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables).run(row("a", "running", "-1")).run(row("b", "running", "99999999999"));
  file.run(row("c", "running", "'nonsense'"));
  const auto jobs = JobTable{file.path()}.active_jobs();
  ASSERT_EQ(jobs->size(), 3U);
  for (const auto& job : *jobs) EXPECT_EQ(job.pid, std::nullopt);
}

TEST(JobTable, tells_a_change_once_and_only_of_others) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables);
  JobTable table{file.path()};
  EXPECT_TRUE(table.changed().value());
  EXPECT_FALSE(table.changed().value());
  file.run(row("a", "running", "1"));
  EXPECT_TRUE(table.changed().value());
  EXPECT_FALSE(table.changed().value());
}

TEST(JobTable, follows_a_file_that_was_replaced) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables).run(row("a", "running", "1"));
  JobTable table{file.path()};
  ASSERT_EQ(table.active_jobs()->size(), 1U);
  file.replace();
  file.run(kTables);
  EXPECT_TRUE(table.changed().value());
  EXPECT_TRUE(table.active_jobs()->empty());
}

TEST(JobTable, that_a_writer_holds_is_busy_and_is_read_afterwards) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables).run(row("a", "running", "1"));
  JobTable table{file.path()};
  ASSERT_TRUE(table.active_jobs());
  file.run("BEGIN EXCLUSIVE");
  const auto held = table.active_jobs();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::busy);
  file.run("COMMIT");
  EXPECT_EQ(table.active_jobs()->size(), 1U);
}

TEST(JobTable, without_a_file_or_with_other_tables_says_so) {
  EXPECT_EQ(JobTable{"/nowhere/aitk_db.db"}.active_jobs().error().code, Errc::not_found);
  DatabaseFile file{"aitk_db.db"};
  file.run("CREATE TABLE Other (x)");
  const auto jobs = JobTable{file.path()}.active_jobs();
  ASSERT_FALSE(jobs);
  EXPECT_NE(jobs.error().message.find("Job"), std::string::npos) << jobs.error().message;
}

TEST(JobTable, knows_where_the_jobs_folders_are) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables);
  JobTable table{file.path()};
  EXPECT_EQ(table.training_folder().value(), file.path().parent_path() / "output");
  file.run("INSERT INTO Settings VALUES (1, 'TRAINING_FOLDER', '/data/training')");
  EXPECT_EQ(table.training_folder().value(), "/data/training");
}

TEST(JobTable, ended_jobs_are_those_that_were_touched_since) {
  DatabaseFile file{"aitk_db.db"};
  file.run(kTables).run(row("old", "error", "NULL", "1000000"));
  file.run(row("new", "error", "NULL", "3000000")).run(row("on", "running", "1", "3000000"));
  const auto ended = JobTable{file.path()}.ended_since(2000);
  ASSERT_EQ(ended->size(), 1U);
  EXPECT_EQ(ended->front().id, "new");
  EXPECT_EQ(ended->front().updated_at, 3000);
}

TEST(JobTable, each_status_has_its_meaning) {
  const auto state = [](const std::string& status) {
    return word_of(ClientJob{.status = status}).state;
  };
  EXPECT_EQ(state("running"), ClientState::running);
  EXPECT_EQ(state("stopping"), ClientState::running);
  EXPECT_EQ(state("completed"), ClientState::completed);
  EXPECT_EQ(state("stopped"), ClientState::stopped);
  EXPECT_EQ(state("queued"), ClientState::requeued);
  EXPECT_EQ(state("error"), ClientState::failed);
  EXPECT_EQ(state("paused"), ClientState::unknown);
  EXPECT_EQ(word_of(std::nullopt).state, ClientState::deleted);
}

}  // namespace
}  // namespace tidemark
