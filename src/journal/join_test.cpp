#include "journal/join.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>

#include "journal/journal_for_test.h"
#include "journal/platform.h"
#include "os/process_watch.h"

namespace tidemark {
namespace {

ProcessIdentity parent_process() {
  return identify_process(HostRoot{}, ::getppid()).value_or(ProcessIdentity{});
}

class JoinTest : public testing::Test {
 protected:
  JoinTest() { ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1); }
  ~JoinTest() override {
    for (const char* name : {"XDG_RUNTIME_DIR", "TIDEMARK_JOURNAL", "TIDEMARK_RUN_ROOT"})
      ::unsetenv(name);
  }
  JoinTest(const JoinTest&) = delete;
  JoinTest& operator=(const JoinTest&) = delete;

  std::filesystem::path make(ProcessIdentity root) const {
    auto made = create_journal({.folder = journals(), .root = root, .slots_per_lane = 1024});
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or("");
  }
  std::filesystem::path journals() const { return folder_.path() / "tidemark"; }
  std::optional<std::filesystem::path> find() const {
    return find_journal_of_our_tree({"/nowhere/at/all", journals()});
  }

 private:
  FolderForTest folder_{};
};

void set_environment(const std::filesystem::path& journal, ProcessIdentity root) {
  for (const auto& variable : journal_environment(journal, root)) {
    const auto equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
  }
}

tidemark_status join_status() {
  tidemark_status status = tidemark_ok;
  tidemark_journal* const joined = tidemark_journal_join(&status);
  EXPECT_EQ(joined != nullptr, status == tidemark_ok);
  tidemark_journal_close(joined);
  return status;
}

int exit_code_of_child(const auto& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = -1;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(JoinTest, the_environment_counts_only_inside_its_runs_process_tree) {
  const JournalForTest elsewhere;
  const auto self = own_process();
  const auto status_with_root = [&elsewhere](ProcessIdentity root) {
    set_environment(elsewhere.path(), root);
    return join_status();
  };
  EXPECT_EQ(status_with_root(self), tidemark_ok);
  EXPECT_EQ(exit_code_of_child([&] { return status_with_root(self); }), tidemark_ok);
  EXPECT_EQ(status_with_root({self.pid, self.start_ticks + 1}), tidemark_not_found)
      << "a reused pid";
  EXPECT_EQ(status_with_root({1 << 22, 5}), tidemark_not_found);
  for (const char* garbage : {"12:", "", ":", "12", "x:1", "12:1x", "-1:5"}) {
    ::setenv("TIDEMARK_RUN_ROOT", garbage, 1);
    EXPECT_EQ(join_status(), tidemark_not_found) << garbage;
  }
}

TEST_F(JoinTest, a_run_whose_journal_is_not_there_yet_is_told_from_no_run) {
  EXPECT_EQ(join_status(), tidemark_not_found);
  set_environment("/nowhere/x.journal", own_process());
  EXPECT_EQ(join_status(), tidemark_not_yet);
  ::unsetenv("TIDEMARK_JOURNAL");
  EXPECT_EQ(join_status(), tidemark_not_yet);
  make(own_process());
  EXPECT_EQ(join_status(), tidemark_ok) << "it appeared in the folder";
}

TEST_F(JoinTest, finds_the_journal_that_names_this_process_or_an_ancestor) {
  EXPECT_EQ(find(), std::nullopt);
  make({own_process().pid, own_process().start_ticks + 1});
  make({1 << 22, 5});
  make({0, 0});
  EXPECT_EQ(find(), std::nullopt);
  const auto of_parent = make(parent_process());
  EXPECT_EQ(find(), of_parent);
  const auto ours = make(own_process());
  EXPECT_EQ(find(), ours) << "the nearest root";
  EXPECT_EQ(exit_code_of_child([&] { return find() == ours ? 0 : 1; }), 0);
}

TEST_F(JoinTest, prefers_a_journal_that_a_monitor_drains) {
  if (!HostRoot{}.exists("proc/locks")) GTEST_SKIP() << "no /proc/locks";
  const auto of_parent = make(parent_process());
  const auto ours = make(own_process());
  const auto reader = JournalReader::open(of_parent);
  ASSERT_TRUE(reader);
  EXPECT_EQ(find(), of_parent);
}

TEST_F(JoinTest, looking_never_turns_a_monitor_away) {
  const auto ours = make(own_process());
  ASSERT_EQ(find(), ours);
  EXPECT_TRUE(JournalReader::open(ours)) << "no lock was left or needed";
}

TEST_F(JoinTest, passes_over_what_is_closed_foreign_or_damaged) {
  const auto closed = make(own_process());
  ASSERT_TRUE(JournalReader::open(closed)->stop_writers());
  std::ofstream{journals() / "noise.journal"} << "noise";
  std::ofstream{journals() / "empty.journal"};
  std::filesystem::create_directory(journals() / "folder.journal");
  const JournalForTest elsewhere;
  std::filesystem::create_symlink(elsewhere.path(), journals() / "link.journal");
  ASSERT_EQ(::mkfifo((journals() / "fifo.journal").c_str(), 0600), 0);
  EXPECT_EQ(find(), std::nullopt);
}

TEST_F(JoinTest, passes_over_a_journal_of_another_boot) {
  const auto path = make(own_process());
  const UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  tidemark_identity identity{};
  ASSERT_EQ(::pread(fd.get(), &identity, sizeof identity, 0), sizeof identity);
  identity.boot_id[0] = '!';
  identity.checksum = tidemark_fnv1a(0, &identity, offsetof(tidemark_identity, checksum));
  ASSERT_EQ(::pwrite(fd.get(), &identity, sizeof identity, 0), sizeof identity);
  EXPECT_EQ(find(), std::nullopt);
}

TEST_F(JoinTest, a_path_that_does_not_fit_is_an_error_and_not_cut) {
  make(own_process());
  char path[8] = "before";
  EXPECT_EQ(tidemark_journal_find(path, sizeof path), tidemark_no_memory);
  EXPECT_STREQ(path, "before");
}

}  // namespace
}  // namespace tidemark
