#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>

#include "monitor/monitor.h"
#include "os/process_watch.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

class RecoverJournalTest : public ::testing::Test {
 protected:
  RecoverJournalTest() {
    std::string pattern = (fs::temp_directory_path() / "tidemark_recover_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    database_ = folder_ / "metrics.db";
  }
  ~RecoverJournalTest() override { fs::remove_all(folder_); }

  /// A process that has lived: its identity is nobody's any more.
  static ProcessIdentity dead_process() {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::pause();
      ::_exit(0);
    }
    const auto id = identify_process(HostRoot{}, pid).value_or(ProcessIdentity{});
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return id;
  }

  fs::path make_journal(ProcessIdentity root, const JournalLabel& label) {
    auto made = create_journal({.folder = folder_ / "journals",
                                .root = root,
                                .label = encode(label),
                                .slots_per_lane = 1024});
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or("");
  }

  static void record_steps(const fs::path& journal, std::int64_t first, std::int64_t last) {
    auto writer = JournalWriter::open(journal);
    ASSERT_TRUE(writer) << writer.error().message;
    for (auto step = first; step <= last; ++step) EXPECT_TRUE(writer->step({.step = step}));
  }

  std::multiset<std::int64_t> stored_steps(const std::string& job) {
    std::multiset<std::int64_t> steps;
    auto store = Store::open(database_, {.create = false});
    EXPECT_TRUE(store) << store.error().message;
    const auto run = store->run(*store->resolve_job(job));
    EXPECT_TRUE(store->for_each_step(
        run->key, [&steps](const StepRecord& step) { steps.insert(step.step); }));
    return steps;
  }

  fs::path folder_;
  fs::path database_;
  HostRoot host_{};
};

TEST_F(RecoverJournalTest, a_trainer_whose_monitor_never_came_gets_the_run_its_label_names) {
  const auto journal =
      make_journal(dead_process(), {.databases = {database_}, .job_name = "portrait"});
  record_steps(journal, 1, 5);
  const auto recovered = recover_journal(journal, folder_ / "other.db", host_);
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ(recovered->database, database_);
  EXPECT_EQ(recovered->records, 5U);
  EXPECT_EQ(stored_steps("portrait"), (std::multiset<std::int64_t>{1, 2, 3, 4, 5}));
  EXPECT_FALSE(fs::exists(folder_ / "other.db"));
}

TEST_F(RecoverJournalTest, reading_goes_on_where_the_stored_rows_end) {
  const auto root = dead_process();
  const auto journal = make_journal(root, {.databases = {database_}, .job_name = "portrait"});
  record_steps(journal, 1, 5);
  {
    // A monitor that committed three of them and died before it gave their room back.
    auto reader = JournalReader::open(journal);
    auto drained = reader->drain({}, 3);
    auto store = Store::open(database_);
    RunInfo info{.job_name = "portrait", .process = root};
    const auto run = store->begin_run(info);
    WriteGroup group;
    for (const auto& record : drained->records) group.add(std::get<StepRecord>(record));
    group.journal = JournalMark{reader->info().id, encode(drained->position)};
    ASSERT_TRUE(store->write(*run, group, {}));
  }
  const auto recovered = recover_journal(journal, database_, host_);
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ(recovered->records, 2U);
  EXPECT_EQ(stored_steps("portrait"), (std::multiset<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(RecoverJournalTest, the_journal_of_a_dead_trainer_goes_once_it_is_stored) {
  // Its writer is this process, which lives: as long as it holds a lane the file stays.
  const auto journal = make_journal(dead_process(), {.databases = {database_}, .job_name = "x"});
  {
    auto writer = JournalWriter::open(journal);
    ASSERT_TRUE(writer->step({.step = 1}));
    const auto recovered = recover_journal(journal, database_, host_);
    ASSERT_TRUE(recovered);
    EXPECT_FALSE(recovered->removed);
    EXPECT_TRUE(fs::exists(journal));
    EXPECT_FALSE(writer->step({.step = 2})) << "nobody would store it";
  }
  const auto again = recover_journal(journal, database_, host_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->records, 0U);
  EXPECT_TRUE(again->removed);
  EXPECT_FALSE(fs::exists(journal));
  EXPECT_EQ(stored_steps("x").size(), 1U);
}

TEST_F(RecoverJournalTest, the_journal_of_a_living_trainer_stays_and_takes_more) {
  const auto self = identify_process(host_, ::getpid()).value_or(ProcessIdentity{});
  const auto journal = make_journal(self, {.databases = {database_}, .job_name = "x"});
  auto writer = JournalWriter::open(journal);
  ASSERT_TRUE(writer->step({.step = 1}));
  EXPECT_FALSE(recover_journal(journal, database_, host_)->removed);
  EXPECT_TRUE(writer->step({.step = 2}));
  EXPECT_EQ(recover_journal(journal, database_, host_)->records, 1U);
  EXPECT_EQ(stored_steps("x"), (std::multiset<std::int64_t>{1, 2}));
}

TEST_F(RecoverJournalTest, a_database_that_cannot_be_had_leaves_the_journal_as_it_is) {
  fs::create_directories(folder_ / "broken.db");
  const auto journal =
      make_journal(dead_process(), {.databases = {folder_ / "broken.db"}, .job_name = "x"});
  record_steps(journal, 1, 3);
  EXPECT_FALSE(recover_journal(journal, database_, host_));
  EXPECT_TRUE(fs::exists(journal));
  EXPECT_FALSE(fs::exists(database_));
}

TEST_F(RecoverJournalTest, one_that_is_drained_by_another_is_busy) {
  const auto journal = make_journal(dead_process(), {.databases = {database_}, .job_name = "x"});
  const auto other = JournalReader::open(journal);
  ASSERT_TRUE(other);
  EXPECT_EQ(recover_journal(journal, database_, host_).error().code, Errc::busy);
}

TEST_F(RecoverJournalTest, records_that_were_not_taken_are_counted_with_the_run) {
  const auto journal = make_journal(dead_process(), {.databases = {database_}, .job_name = "x"});
  {
    auto writer = JournalWriter::open(journal);
    for (int step = 0; step < 1030; ++step) (void)writer->step({.step = step});  // it holds 1,024
  }
  ASSERT_TRUE(recover_journal(journal, database_, host_));
  auto store = Store::open(database_, {.create = false});
  EXPECT_EQ(store->run(*store->resolve_job("x"))->drops.of(Drop::journal_full), 6U);
}

TEST_F(RecoverJournalTest, a_damaged_journal_is_told_of_and_never_removed) {
  const auto journal = make_journal(dead_process(), {.databases = {database_}, .job_name = "x"});
  record_steps(journal, 1, 5);
  {
    std::fstream file{journal, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(tidemark_lane_table_offset + offsetof(tidemark_lane, head_word));
    file.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  }
  const auto recovered = recover_journal(journal, database_, host_);
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_FALSE(recovered->removed);
  EXPECT_NE(recovered->problem.find("damaged"), std::string::npos) << recovered->problem;
  EXPECT_TRUE(fs::exists(journal));
}

TEST_F(RecoverJournalTest, records_of_a_run_that_has_ended_go_to_that_run) {
  const auto root = dead_process();
  const auto boot = host_.read("proc/sys/kernel/random/boot_id").value_or("");
  {
    auto store = Store::open(database_);
    RunInfo info{.job_name = "short", .boot_id = boot.substr(0, boot.find('\n')), .process = root};
    const auto run = store->begin_run(info);
    ASSERT_TRUE(store->end_run(*run, {.unix_seconds = 5}, {}));
  }
  const auto journal = make_journal(root, {.databases = {database_}, .job_name = "short"});
  record_steps(journal, 1, 3);
  ASSERT_TRUE(recover_journal(journal, database_, host_));
  auto store = Store::open(database_);
  EXPECT_EQ(store->runs(*store->resolve_job("short"))->size(), 1U);
  EXPECT_EQ(stored_steps("short").size(), 3U);
}

TEST(JournalLabel, comes_back_as_it_was_written) {
  const auto label = decode_journal_label(encode(
      JournalLabel{.databases = {"/a/b.db", "/c.db"}, .job_id = "id", .job_name = "na\"me"}));
  EXPECT_EQ(label.databases, (std::vector<fs::path>{"/a/b.db", "/c.db"}));
  EXPECT_EQ(label.job_id, "id");
  EXPECT_EQ(label.job_name, "na\"me");
}

TEST(JournalLabel, of_a_trainer_that_was_alone_names_one_database) {
  EXPECT_EQ(decode_journal_label(R"({"job_name": "x", "database": "/d.db"})").databases,
            std::vector<fs::path>{"/d.db"});
}

TEST(JournalLabel, noise_says_nothing) {
  for (const auto* text : {"", "null", "[1]", "{\"databases\": 3}", "\xff\xfe"})
    EXPECT_TRUE(decode_journal_label(text).databases.empty()) << text;
}

}  // namespace
}  // namespace tidemark
