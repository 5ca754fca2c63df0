// What goes wrong with files: each kind has its own error, and nothing is half-written.
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <random>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777;
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Errc code_of(const std::filesystem::path& file, const StoreOptions& options = {}) {
  const auto store = Store::open(file, options);
  EXPECT_FALSE(store);
  if (store) return Errc{};
  const auto& message = store.error().message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_NE(message.find(file.filename().string()), std::string::npos) << message;
  return store.error().code;
}

/// A database with one job and one sample; closed, so that the WAL is gone.
RunKey make_database(const std::filesystem::path& file) {
  auto store = open_store(file);
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(1));
  return run;
}

int read_samples(const std::filesystem::path& file, const RunKey& run) {
  auto store = Store::open(file, reading());
  if (!store) return outcome_of(store);
  int count = 0;
  const auto read = store->for_each_sample(run, [&](const SampleRow&) { ++count; });
  return read ? count : outcome_of(read);
}

TEST(Trouble, a_new_file_and_its_folder_belong_to_the_user_alone) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "made" / "for" / "t.db";
  const mode_t before = ::umask(0);
  auto store = open_store(file);
  begin(store, run_of("job"));
  ::umask(before);
  EXPECT_EQ(mode_of(folder.path() / "made"), 0700U);
  EXPECT_EQ(mode_of(folder.path() / "made" / "for"), 0700U);
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(file.string() + "-wal"), 0600U);
  EXPECT_EQ(mode_of(file.string() + "-shm"), 0600U);
}

TEST(Trouble, a_folder_that_was_there_keeps_its_mode) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  open_store(folder / "t.db");
  EXPECT_EQ(mode_of(folder.path()), 0755U);
}

TEST(Trouble, a_missing_file_is_not_made_unless_asked_for) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of(folder / "none.db", {.create = false}), Errc::not_found);
  EXPECT_EQ(code_of(folder / "none.db", reading()), Errc::not_found);
  EXPECT_EQ(code_of(folder.path() / "no" / "none.db", reading()), Errc::not_found);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Trouble, a_folder_that_cannot_be_made_is_named) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "x");
  const auto store = Store::open(folder.path() / "file" / "t.db");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::not_found);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  EXPECT_EQ(
      as_ordinary_user([&] { return outcome_of(Store::open(folder.path() / "sub" / "t.db")); }),
      outcome(Errc::permission));
}

TEST(Trouble, an_empty_path_and_sqlites_special_names_are_ordinary) {
  EXPECT_EQ(Store::open("").error().code, Errc::invalid);
  const TemporaryFolder folder;
  open_store(folder / ":memory:");
  open_store(folder / "100% of #1?mode=memory.db");
  EXPECT_TRUE(std::filesystem::exists(folder / ":memory:"));
  EXPECT_TRUE(std::filesystem::exists(folder / "100% of #1?mode=memory.db"));
}

TEST(Trouble, a_message_stays_on_one_line_whatever_the_path_holds) {
  const TemporaryFolder folder;
  const auto store = Store::open(folder / "two\nlines\x1b[31m.db", reading());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().message.find_first_of("\n\x1b"), std::string::npos);
}

TEST(Trouble, what_is_no_database_is_said_to_be_none) {
  const TemporaryFolder folder;
  std::string noise;
  std::minstd_rand random{7};
  for (int i = 0; i < 20'000; ++i) noise += static_cast<char>(random());
  write_bytes(folder / "noise.db", noise);
  write_bytes(folder / "short.db", "hello");
  std::filesystem::create_directory(folder / "folder.db");
  for (const auto* name : {"noise.db", "short.db", "folder.db"}) {
    EXPECT_EQ(code_of(folder / name), Errc::corrupt) << name;
    EXPECT_EQ(code_of(folder / name, reading()), Errc::corrupt) << name;
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "noise.db"), 20'000U);
}

TEST(Trouble, a_truncated_database_is_corrupt) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  {
    auto store = open_store(file);
    const auto run = begin(store, run_of("job"));
    WriteGroup group;
    for (int i = 0; i < 2000; ++i) group.add(sample_at(i));
    ASSERT_TRUE(store.write(run, group, {}));
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  auto store = Store::open(file);
  if (!store) {
    EXPECT_EQ(store.error().code, Errc::corrupt);
    return;
  }
  const auto read =
      store->for_each_sample({.id = 1, .job_id = "job", .number = 1}, [](const auto&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::corrupt);
}

TEST(Trouble, a_database_with_any_byte_changed_is_read_or_refused) {
  const TemporaryFolder folder;
  make_database(folder / "good.db");
  std::ifstream in(folder / "good.db", std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  ASSERT_GT(good.size(), 4096U);
  std::minstd_rand random{11};
  for (int round = 0; round < 150; ++round) {
    auto bytes = good;
    for (int i = 0; i < 8; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto file = folder / ("bad" + std::to_string(round) + ".db");
    write_bytes(file, bytes);
    auto store = Store::open(file);
    if (!store) continue;
    if (const auto jobs = store->jobs())
      for (const auto& job : *jobs) {
        static_cast<void>(store->for_each_sample(job.latest.key, [](const auto&) {}));
        static_cast<void>(store->report(job.latest.key));
        static_cast<void>(store->remove_job(job.job_id));
      }
  }
}

TEST(Trouble, values_of_the_wrong_type_are_absent) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  OtherProgram(folder / "t.db")
      .run(
          "INSERT INTO MetricsSample (job_id, timestamp, used_memory_gb, total_memory_gb, "
          "worker_count, "
          "oom_kill_total) VALUES ('job', 'noon', 'much', 1e300, x'ff', -5);"
          "INSERT INTO StepMetric (job_id, step, timestamp, loss, nan_columns, source) VALUES "
          "('job', 1e300, 5, 'nan', ',,loss_,', 'oracle');");
  const auto run = store.run("job");
  ASSERT_TRUE(run);
  const auto sample = samples_of(store, run->key).at(0);
  EXPECT_EQ(sample.unix_seconds, 0);
  EXPECT_FALSE(sample.used || sample.total || sample.worker_count || sample.oom_kill_total);
  EXPECT_FALSE(steps_of(store, run->key).at(0).loss);
}

TEST(Trouble, what_was_written_survives_the_death_of_its_writer) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  EXPECT_EQ(in_child([&] {
              auto store = Store::open(file);
              const auto run = store->begin_run(run_of("job"));
              WriteGroup group;
              group.add(sample_at(1));
              if (store->write(*run, group, {})) ::kill(::getpid(), SIGKILL);
              return 1;
            }),
            -1);
  EXPECT_EQ(read_samples(file, {.id = 1, .job_id = "job", .number = 1}), 1);
}

TEST(Trouble, a_locked_database_is_busy_and_can_be_written_later) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  auto store = open_store(file, impatient());
  const auto run = begin(store, run_of("job"));
  WriteGroup group;
  group.add(sample_at(1));
  group.add(step_at(1, 1));
  OtherProgram other{file};
  other.run("BEGIN EXCLUSIVE");
  EXPECT_EQ(store.write(run, group, {}).error().code, Errc::busy);
  EXPECT_EQ(store.begin_run(run_of("job")).error().code, Errc::busy);
  other.run("COMMIT");
  EXPECT_EQ(other.value("SELECT count(*) FROM MetricsSample"), "0");
  ASSERT_TRUE(store.write(run, group, {}));
  EXPECT_EQ(samples_of(store, run).size(), 1U);
  EXPECT_EQ(begin(store, run_of("job")).number, 2);
}

TEST(Trouble, a_rollback_journal_that_is_locked_is_busy_for_readers_and_openers_too) {
  const TemporaryFolder folder;
  const auto file = folder / "aitk_db.db";
  OtherProgram other{file};
  other.run("CREATE TABLE Job (id TEXT NOT NULL PRIMARY KEY)");
  auto store = open_store(file, impatient());
  const auto run = begin(store, run_of("job"));
  other.run("BEGIN EXCLUSIVE");
  EXPECT_EQ(store.jobs().error().code, Errc::busy);
  EXPECT_EQ(code_of(file, impatient()), Errc::busy);
  auto options = reading();
  options.busy_wait = std::chrono::milliseconds{20};
  EXPECT_EQ(code_of(file, options), Errc::busy);
  other.run("COMMIT");
  write_one(store, run, sample_at(1));
  EXPECT_TRUE(Store::open(file));
}

// In a rollback journal a reader can keep a commit from finishing: it is undone as a whole.
TEST(Trouble, a_commit_that_a_reader_holds_up_leaves_nothing_behind) {
  const TemporaryFolder folder;
  const auto file = folder / "aitk_db.db";
  OtherProgram other{file};
  other.run("CREATE TABLE Job (id TEXT NOT NULL PRIMARY KEY)");
  auto store = open_store(file, impatient());
  const auto run = begin(store, run_of("job"));
  other.run("BEGIN");
  EXPECT_EQ(other.value("SELECT count(*) FROM MetricsSample"), "0");  // a shared lock until COMMIT
  WriteGroup group;
  group.add(sample_at(1));
  EXPECT_EQ(store.write(run, group, {}).error().code, Errc::busy);
  other.run("COMMIT");
  EXPECT_EQ(other.value("SELECT count(*) FROM MetricsSample"), "0");
  ASSERT_TRUE(store.write(run, group, {}));
  EXPECT_EQ(other.value("SELECT count(*) FROM MetricsSample"), "1");
}

TEST(Trouble, a_file_that_may_not_be_written_can_be_read) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const auto file = folder / "t.db";
  const auto run = make_database(file);
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  EXPECT_EQ(as_ordinary_user([&] { return outcome_of(Store::open(file)); }),
            outcome(Errc::read_only));
  EXPECT_EQ(as_ordinary_user([&] { return read_samples(file, run); }), 1);
}

TEST(Trouble, a_file_that_may_not_be_read_is_a_matter_of_permission) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const auto file = folder / "t.db";
  const auto run = make_database(file);
  ASSERT_EQ(::chmod(file.c_str(), 0000), 0);
  EXPECT_EQ(as_ordinary_user([&] { return read_samples(file, run); }), outcome(Errc::permission));
}

TEST(Trouble, a_folder_that_may_not_be_written_can_be_read_without_sidecar_files) {
  const TemporaryFolder folder;
  const auto file = folder / "100% #1.db";
  const auto run = make_database(file);
  ASSERT_FALSE(std::filesystem::exists(file.string() + "-wal"));
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  EXPECT_EQ(as_ordinary_user([&] { return read_samples(file, run); }), 1);
}

// Ignoring the WAL would show an old state as if it were the last.
TEST(Trouble, rows_in_a_wal_that_cannot_be_used_are_never_passed_over) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  auto store = open_store(file);
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(1));
  const auto copy = folder.path() / "copy";
  std::filesystem::create_directory(copy);
  std::filesystem::copy_file(file, copy / "t.db");
  std::filesystem::copy_file(file.string() + "-wal", copy / "t.db-wal");
  for (const auto* name : {"t.db", "t.db-wal"}) ASSERT_EQ(::chmod((copy / name).c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(copy.c_str(), 0555), 0);
  const int read = as_ordinary_user([&] { return read_samples(copy / "t.db", run); });
  EXPECT_TRUE(read == 1 || read == outcome(Errc::permission)) << read;
}

/// Writes groups until one fails; its code. Then every row that was promised must be there.
int fill_up(const std::filesystem::path& file) {
  auto store = Store::open(file);
  if (!store) return outcome_of(store);
  const auto run = store->begin_run(run_of("job"));
  if (!run) return outcome_of(run);
  int promised = 0;
  Result<void> written;
  while (written && promised < 1'000'000) {
    WriteGroup group;
    for (int i = 0; i < 100; ++i) group.add(sample_at(i));
    written = store->write(*run, group, {});
    if (written) promised += 100;
  }
  int found = 0;
  const auto read = store->for_each_sample(*run, [&](const SampleRow&) { ++found; });
  if (!read || found != promised) return 1;
  return outcome_of(written);
}

TEST(Trouble, a_file_size_limit_is_a_full_disk_and_keeps_what_was_committed) {
  const TemporaryFolder folder;
  EXPECT_EQ(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);  // else the kernel kills instead of answering EFBIG
              const rlimit limit{600'000, 600'000};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              return fill_up(folder / "t.db");
            }),
            outcome(Errc::full));
}

TEST(Trouble, a_full_disk_keeps_what_was_committed_and_writing_goes_on_when_there_is_room) {
  const TemporaryFolder folder;
  const auto mounted = folder / "disk";
  std::filesystem::create_directory(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=512k") != 0)
    GTEST_SKIP() << "cannot mount a small tmpfs here: " << std::strerror(errno);
  write_bytes(mounted / "ballast", std::string(100'000, 'x'));
  EXPECT_EQ(fill_up(mounted / "t.db"), outcome(Errc::full));
  std::filesystem::remove(mounted / "ballast");
  {
    auto store = open_store(mounted / "t.db");
    const auto run = store.run("job");
    EXPECT_TRUE(run);
    if (run) write_one(store, run->key, sample_at(1));
  }
  EXPECT_EQ(::umount(mounted.c_str()), 0);
}

TEST(Trouble, a_disk_without_any_room_is_full_when_the_file_is_made) {
  const TemporaryFolder folder;
  EXPECT_EQ(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{2000, 2000};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              return outcome_of(Store::open(folder / "t.db"));
            }),
            outcome(Errc::full));
}

}  // namespace
}  // namespace tidemark
