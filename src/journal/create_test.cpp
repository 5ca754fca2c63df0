#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "journal/journal.h"
#include "journal/journal_for_test.h"
#include "journal/platform.h"

namespace tidemark {
namespace {

struct stat stat_of(const std::filesystem::path& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found;
}

TEST(CreateJournal, belongs_to_the_user_alone) {
  const mode_t before = ::umask(0);
  const JournalForTest journal;
  ::umask(before);
  EXPECT_EQ(stat_of(journal.path()).st_mode & 07777, 0600U);
  EXPECT_EQ(stat_of(journal.path().parent_path()).st_mode & 07777, 0700U);
}

TEST(CreateJournal, the_default_occupies_one_lane_and_no_more) {
  EXPECT_EQ(journal_bytes(), 16'842'752U);  // 16 MiB and 64 KiB
  const JournalForTest journal{tidemark_default_slots_per_lane};
  const auto occupied = stat_of(journal.path()).st_blocks * 512;
  EXPECT_GE(occupied, 16'842'752);
  EXPECT_LT(occupied, 17'400'000);
}

TEST(CreateJournal, allocates_as_many_lanes_as_asked) {
  const JournalForTest journal{16384, 3};
  EXPECT_GE(stat_of(journal.path()).st_blocks * 512, 3 * 1'048'576);
}

TEST(CreateJournal, names_its_root_and_keeps_its_label) {
  const FolderForTest folder;
  const auto path = create_journal({.folder = folder.path() / "j",
                                    .root = {1234, 99},
                                    .label = "{\"db\": \"x\"}",
                                    .slots_per_lane = 1024});
  ASSERT_TRUE(path);
  const auto reader = JournalReader::open(*path);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->info().root, (ProcessIdentity{1234, 99}));
  EXPECT_EQ(reader->info().slots_per_lane, 1024U);
  EXPECT_EQ(reader->info().id.size(), 32U);
}

TEST(CreateJournal, refuses_a_size_that_is_no_power_of_two) {
  const FolderForTest folder;
  EXPECT_EQ(create_journal({.folder = folder.path(), .slots_per_lane = 1000}).error().code,
            Errc::invalid);
  EXPECT_EQ(create_journal({.folder = folder.path(), .slots_per_lane = 512}).error().code,
            Errc::invalid);
}

TEST(CreateJournal, refuses_a_folder_that_is_a_link) {
  const FolderForTest folder;
  std::filesystem::create_directory(folder.path() / "real");
  std::filesystem::create_symlink(folder.path() / "real", folder.path() / "link");
  const auto made = create_journal({.folder = folder.path() / "link", .slots_per_lane = 1024});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::permission);
}

TEST(CreateJournal, refuses_a_folder_of_another_user) {
  if (::geteuid() == 0) {
    const FolderForTest folder;
    std::filesystem::create_directory(folder.path() / "theirs");
    ASSERT_EQ(::chown((folder.path() / "theirs").c_str(), 65534, 65534), 0);
    EXPECT_EQ(create_journal({.folder = folder.path() / "theirs"}).error().code, Errc::permission);
  } else {
    EXPECT_EQ(create_journal({.folder = "/proc"}).error().code, Errc::permission);
  }
}

TEST(CreateJournal, closes_a_folder_of_ours_that_is_open_to_others) {
  const FolderForTest folder;
  const auto open = folder.path() / "open";
  std::filesystem::create_directory(open);
  std::filesystem::permissions(open, std::filesystem::perms::all);
  ASSERT_TRUE(create_journal({.folder = open, .slots_per_lane = 1024}));
  EXPECT_EQ(stat_of(open).st_mode & 07777, 0700U);
}

TEST(CreateJournal, a_limit_on_file_sizes_makes_it_smaller_and_not_a_signal) {
  const FolderForTest folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{200'000, 200'000};  // room for two lanes of 64 KiB
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto made = create_journal({.folder = folder.path() / "j", .slots_per_lane = 1024});
    auto writer = made ? JournalWriter::open(*made) : fail(Errc::io, "");
    const bool small = made && std::filesystem::file_size(*made) == 196'608;
    ::_exit(small && writer && writer->step({.step = 1}) ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(JournalPlace, prefers_the_runtime_folder_then_shared_memory_then_the_databases_side) {
  const FolderForTest memory;
  if (!is_memory_file_system(memory.path().c_str())) GTEST_SKIP() << "no tmpfs at /dev/shm";
  const auto database = std::filesystem::temp_directory_path() /
                        ("tidemark-place-test-" + std::to_string(::getpid()) + ".db");
  const JournalPlaces all{
      .runtime_folder = memory.path(), .shared_memory = memory.path(), .database = database};
  const auto first = choose_journal_place(all, 1 << 20);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->folder, memory.path() / "tidemark");
  EXPECT_TRUE(first->in_memory);
  EXPECT_EQ(first->passed_over, "");
  const auto second = choose_journal_place(
      {.runtime_folder = "/proc", .shared_memory = memory.path(), .database = database}, 1 << 20);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->folder, memory.path() / ("tidemark-" + std::to_string(::geteuid())));
  EXPECT_NE(second->passed_over, "");
  const auto third =
      choose_journal_place({.shared_memory = "/nowhere", .database = database}, 1 << 20);
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_EQ(third->folder, database.string() + ".tidemark");
  EXPECT_EQ(stat_of(third->folder).st_mode & 07777, 0700U);
  std::filesystem::remove_all(third->folder);
}

TEST(JournalPlace, passes_over_memory_without_several_times_the_size_free) {
  const FolderForTest memory;
  const auto place = choose_journal_place({.shared_memory = memory.path()}, std::uint64_t{1} << 60);
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().code,
            is_memory_file_system(memory.path().c_str()) ? Errc::full : Errc::unsupported);
}

TEST(OrphanedJournals, are_those_that_nobody_drains) {
  const FolderForTest folder;
  const auto make = [&folder](ProcessIdentity root) {
    return *create_journal(
        {.folder = folder.path() / "j", .root = root, .label = "mine", .slots_per_lane = 1024});
  };
  const auto drained = make(own_process());
  const auto orphan = make(own_process());
  const auto dead = make({own_process().pid, 1});
  const auto reader = JournalReader::open(drained);
  const auto found = find_orphaned_journals(folder.path() / "j");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2U);
  for (const auto& one : *found) {
    EXPECT_TRUE(one.path == orphan || one.path == dead);
    EXPECT_EQ(one.root_alive, one.path == orphan);
    EXPECT_EQ(one.label, "mine");
    EXPECT_EQ(one.problem, "");
  }
  ASSERT_TRUE(remove_journal(orphan));
  EXPECT_FALSE(std::filesystem::exists(orphan));
}

TEST(OrphanedJournals, what_cannot_be_read_is_named_and_left) {
  const FolderForTest folder;
  std::filesystem::create_directory(folder.path() / "j");
  std::ofstream{folder.path() / "j" / "x.journal"} << "noise";
  std::ofstream{folder.path() / "j" / "other"} << "noise";
  const auto found = find_orphaned_journals(folder.path() / "j");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_NE((*found)[0].problem.find("not a journal"), std::string::npos) << (*found)[0].problem;
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "j" / "x.journal"));
}

TEST(OrphanedJournals, half_made_ones_of_a_dead_maker_are_cleared_away) {
  const FolderForTest folder;
  std::filesystem::create_directory(folder.path() / "j");
  std::ofstream{folder.path() / "j" / ".a.journal.new"} << "noise";
  ASSERT_TRUE(find_orphaned_journals(folder.path() / "j"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "j" / ".a.journal.new"));
}

TEST(OrphanedJournals, a_folder_that_is_not_there_has_none) {
  const auto found = find_orphaned_journals("/nowhere/at/all");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty());
}

TEST(CreateJournal, a_trainer_that_is_alone_makes_its_own) {
  const FolderForTest memory;
  if (!is_memory_file_system(memory.path().c_str())) GTEST_SKIP() << "no tmpfs at /dev/shm";
  ::setenv("XDG_RUNTIME_DIR", memory.path().c_str(), 1);
  char path[4096];
  ASSERT_EQ(tidemark_journal_create(nullptr, R"({"job_name": "x"})", path, sizeof path),
            tidemark_ok);
  const std::string too_long(8169, 'x');
  EXPECT_EQ(tidemark_journal_create(nullptr, too_long.c_str(), path + 2048, 2048),
            tidemark_no_place);
  ::unsetenv("XDG_RUNTIME_DIR");
  auto reader = JournalReader::open(path);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->info().root, own_process());
  EXPECT_EQ(reader->label(), R"({"job_name": "x"})");
  EXPECT_TRUE(JournalWriter::open(path));
}

}  // namespace
}  // namespace tidemark
