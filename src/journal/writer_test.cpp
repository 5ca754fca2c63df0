#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <thread>
#include <vector>

#include "journal/journal.h"
#include "journal/journal_for_test.h"
#include "journal/layout.h"

extern "C" int tidemark_test_write_from_c(const char* path);

namespace tidemark {
namespace {

using Steps = std::vector<std::int64_t>;

/// Runs `body` in a forked child; its wait status.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(JournalAbi, a_step_is_laid_out_as_the_documentation_says) {
  // docs/journal_format.md has this slot and its checksum as its example.
  tidemark_slot slot{};
  slot.sequence = 5;
  slot.kind = tidemark_kind_step;
  slot.flags = tidemark_has_loss | tidemark_has_batch_size;
  slot.argument = 4;
  slot.body.step.step = 1000;
  slot.body.step.time_ns = 123456789;
  slot.body.step.loss = 0.5;
  EXPECT_EQ(tidemark_slot_checksum(&slot, 5, 0x01020304), 0x05bd0dbbU);
  EXPECT_NE(tidemark_slot_checksum(&slot, 5 + (std::uint64_t{1} << 32), 0x01020304),
            tidemark_slot_checksum(&slot, 5, 0x01020304));
  EXPECT_EQ(tidemark_position_word(5), 0x51715U);
}

TEST(JournalAbi, every_flipped_bit_changes_the_checksum) {
  tidemark_slot slot{};
  slot.body.step.loss = 0.5;
  const auto right = tidemark_slot_checksum(&slot, 1, 2);
  auto* const bytes = reinterpret_cast<unsigned char*>(&slot);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    if (bit / 32 == 1) continue;  // the checksum itself
    bytes[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
    EXPECT_NE(tidemark_slot_checksum(&slot, 1, 2), right) << bit;
    bytes[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
  }
}

TEST(JournalAbi, a_half_written_position_word_is_noticed) {
  int noticed = 0;
  for (std::uint64_t position = 250; position < 260; ++position) {
    const auto before = tidemark_position_word(position);
    const auto after = tidemark_position_word(position + 1);
    for (int bytes = 1; bytes < 8; ++bytes) {
      std::uint64_t torn = before;
      std::memcpy(&torn, &after, static_cast<std::size_t>(bytes));
      std::uint64_t read = 0;
      if (torn == before || torn == after) continue;
      EXPECT_FALSE(tidemark_position_of(torn, &read)) << position << " " << bytes;
      ++noticed;
    }
  }
  EXPECT_GT(noticed, 10);
}

TEST(JournalWriter, can_be_called_from_c) {
  const JournalForTest journal;
  ASSERT_EQ(tidemark_test_write_from_c(journal.path().c_str()), 2);
  auto reader = journal.reader();
  const auto drained = drain_all(reader);
  ASSERT_EQ(drained.records.size(), 2U);
  EXPECT_EQ(std::get<StepRecord>(drained.records[0]).step, 7);
  EXPECT_EQ(std::get<EventRecord>(drained.records[1]).type, "from_c");
}

TEST(JournalWriter, a_null_journal_takes_nothing) {
  const tidemark_step_values values{};
  tidemark_counts counts{};
  EXPECT_FALSE(tidemark_journal_step(nullptr, &values));
  EXPECT_FALSE(tidemark_journal_event(nullptr, "x", 1, "", 0));
  EXPECT_FALSE(tidemark_journal_claim(nullptr));
  tidemark_journal_read_counts(nullptr, &counts);
  tidemark_journal_close(nullptr);
}

TEST(JournalWriter, says_no_when_the_lane_is_full_and_counts_it) {
  const JournalForTest journal{1024};
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 1024; ++i) ASSERT_TRUE(writer.step({.step = i}));
  EXPECT_FALSE(writer.step({.step = 1024}));
  EXPECT_FALSE(writer.event("late"));
  EXPECT_EQ(writer.counts().dropped_full, 2U);
  EXPECT_EQ(writer.counts().records_taken, 1024U);
  const auto drained = drain_all(reader);
  EXPECT_FALSE(writer.step({.step = 1025})) << "drained is not released";
  ASSERT_TRUE(reader.release(drained.position));
  EXPECT_TRUE(writer.step({.step = 1026}));
  EXPECT_EQ(steps_of(drain_all(reader, drained.position)), (Steps{1026}));
  EXPECT_EQ(reader.counts()->dropped_full, 3U);
}

TEST(JournalWriter, an_event_that_does_not_fit_whole_is_not_taken_at_all) {
  const JournalForTest journal{1024};
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 1022; ++i) ASSERT_TRUE(writer.step({.step = i}));
  EXPECT_FALSE(writer.event("ev", std::string(120, 'x')));  // three slots
  EXPECT_TRUE(writer.event("ev", std::string(70, 'x')));    // two
  const auto drained = drain_all(reader);
  EXPECT_EQ(drained.records.size(), 1023U);
  EXPECT_EQ(drained.malformed, 0U);
}

TEST(JournalWriter, refuses_events_over_the_limits_and_counts_them) {
  const JournalForTest journal{1024};
  auto writer = journal.writer();
  EXPECT_FALSE(writer.event(""));
  EXPECT_FALSE(writer.event(std::string(65, 'x')));
  EXPECT_FALSE(writer.event("x", std::string(262'145, 'x')));
  EXPECT_FALSE(writer.event("x", std::string(262'144, 'x'))) << "larger than this small lane";
  EXPECT_EQ(writer.counts().dropped_too_large, 4U);
  EXPECT_TRUE(writer.event(std::string(64, 'x')));
}

TEST(JournalWriter, counts_what_is_recorded_while_disabled_or_closed) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  tidemark_journal_set_enabled(writer.handle(), false);
  EXPECT_FALSE(writer.step({.step = 1}));
  tidemark_journal_set_enabled(writer.handle(), true);
  EXPECT_TRUE(writer.step({.step = 2}));
  ASSERT_TRUE(reader.stop_writers());
  EXPECT_FALSE(writer.step({.step = 3}));
  EXPECT_EQ(reader.counts()->dropped_disabled, 2U);
  EXPECT_EQ(steps_of(drain_all(reader)), (Steps{2}));
}

TEST(JournalWriter, a_batch_size_that_cannot_be_is_absent) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.step({.step = 1, .batch_size = -1}));
  ASSERT_TRUE(writer.step({.step = 2, .batch_size = std::int64_t{1} << 32}));
  ASSERT_TRUE(writer.step({.step = 3, .batch_size = (std::int64_t{1} << 32) - 1}));
  const auto drained = drain_all(reader);
  EXPECT_FALSE(std::get<StepRecord>(drained.records.at(0)).batch_size);
  EXPECT_FALSE(std::get<StepRecord>(drained.records.at(1)).batch_size);
  EXPECT_EQ(std::get<StepRecord>(drained.records.at(2)).batch_size, 4'294'967'295);
}

TEST(JournalWriter, wraps_around_with_events_across_the_end_of_the_ring) {
  const JournalForTest journal{1024};
  auto writer = journal.writer();
  auto reader = journal.reader();
  JournalPosition position;
  const std::string details(100, 'd');  // three slots: 1024 is no multiple of four
  for (int round = 0; round < 1000; ++round) {
    ASSERT_TRUE(writer.step({.step = round}));
    ASSERT_TRUE(writer.event("e", details));
    const auto drained = drain_all(reader, position);
    ASSERT_EQ(drained.records.size(), 2U) << round;
    ASSERT_EQ(std::get<EventRecord>(drained.records[1]).details, details);
    position = drained.position;
    ASSERT_TRUE(reader.release(position));
  }
  EXPECT_GT(position.next[0], 3000U);
}

TEST(JournalWriter, each_thread_has_a_lane_of_its_own_and_gives_it_back) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.step({.step = 0}));
  for (int i = 1; i <= 3; ++i) std::thread{[&writer, i] { writer.step({.step = i}); }}.join();
  const auto drained = drain_all(reader);
  EXPECT_EQ(std::ranges::count(drained.position.next, 1U), 4);
  EXPECT_EQ(reader.live_lanes(HostRoot{}), 1);
  ASSERT_TRUE(reader.release(drained.position));
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 3);
  std::thread{[&writer] { writer.step({.step = 4}); }}.join();
  const auto more = drain_all(reader, drained.position);
  EXPECT_EQ(steps_of(more), (Steps{4}));
  EXPECT_EQ(more.position.next[1], 2U) << "the second lane goes on where its first owner left it";
}

TEST(JournalWriter, lanes_that_nobody_needs_any_more_give_their_memory_back_but_one) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  const auto occupied = [&journal] {
    struct stat info{};
    EXPECT_EQ(::stat(journal.path().c_str(), &info), 0);
    return static_cast<std::uint64_t>(info.st_blocks) * 512;
  };
  ASSERT_TRUE(writer.step({.step = 0}));
  const auto with_one_lane = occupied();
  {
    std::barrier all_recorded{4};
    std::vector<std::jthread> threads;
    for (int i = 1; i <= 3; ++i)
      threads.emplace_back([&writer, &all_recorded, i] {
        writer.step({.step = i});
        all_recorded.arrive_and_wait();
      });
    all_recorded.arrive_and_wait();
  }
  const auto lane = (occupied() - with_one_lane) / 3;
  if (lane == 0) GTEST_SKIP() << "this file system does not tell what a file occupies";
  const auto drained = drain_all(reader);
  ASSERT_TRUE(reader.release(drained.position));
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 3);
  EXPECT_EQ(occupied(), with_one_lane + lane);
  std::thread{[&writer] { EXPECT_TRUE(writer.step({.step = 4})); }}.join();
  EXPECT_EQ(occupied(), with_one_lane + lane) << "the spare lane was taken";
  EXPECT_EQ(steps_of(drain_all(reader, drained.position)), (Steps{4}));
}

TEST(JournalWriter, a_lane_that_was_not_drained_is_not_reclaimed) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  std::thread{[&writer] { writer.step({.step = 1}); }}.join();
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 0);
  const auto drained = drain_all(reader);
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 0) << "drained is not released";
  ASSERT_TRUE(reader.release(drained.position));
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 1);
}

TEST(JournalWriter, without_a_free_lane_nothing_is_taken_and_it_is_counted) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 64; ++i) std::thread{[&writer] { writer.step({.step = 1}); }}.join();
  EXPECT_FALSE(writer.step({.step = 2}));
  EXPECT_FALSE(writer.step({.step = 2}));
  EXPECT_EQ(reader.counts()->dropped_no_lane, 2U);
  EXPECT_EQ(reader.counts()->records_taken, 64U);
}

TEST(JournalWriter, a_forked_child_does_not_touch_its_parents_lane) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.step({.step = 1}));
  ASSERT_EQ(in_child([&writer] {
              if (!writer.step({.step = 100})) ::_exit(1);
            }),
            0);
  ASSERT_TRUE(writer.step({.step = 2}));
  const auto drained = drain_all(reader);
  EXPECT_EQ(steps_of(drained), (Steps{1, 2, 100}));
  EXPECT_EQ(drained.position.next[0], 2U);
  EXPECT_EQ(drained.position.next[1], 1U);
  EXPECT_EQ(reader.live_lanes(HostRoot{}), 1) << "the child left by _exit and is dead";
  ASSERT_TRUE(reader.release(drained.position));
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 1);
}

TEST(JournalWriter, a_lane_of_a_living_process_is_never_reclaimed) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.step({.step = 1}));
  ASSERT_TRUE(reader.release(drain_all(reader).position));
  EXPECT_EQ(reader.reclaim_lanes(HostRoot{}), 0);
}

TEST(JournalWriter, closing_gives_the_lanes_back_and_a_stale_thread_does_no_harm) {
  const JournalForTest journal;
  auto reader = journal.reader();
  for (int i = 0; i < 40; ++i) {  // more often than journals fit a process or lanes a journal
    auto writer = journal.writer();
    ASSERT_TRUE(writer.step({.step = i}));
    writer = journal.writer();
    ASSERT_TRUE(writer.step({.step = i}));
    ASSERT_TRUE(reader.release(drain_all(reader).position));
    reader.reclaim_lanes(HostRoot{});
  }
  EXPECT_EQ(reader.counts()->records_taken, 80U);
}

TEST(JournalWriter, ranks_travel_with_each_record) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  tidemark_journal_set_rank(writer.handle(), 3);
  ASSERT_TRUE(writer.step({.step = 1}));
  ASSERT_TRUE(writer.event("e"));
  const auto drained = drain_all(reader);
  EXPECT_EQ(std::get<StepRecord>(drained.records.at(0)).rank, 3);
  EXPECT_EQ(std::get<EventRecord>(drained.records.at(1)).rank, 3);
}

TEST(JournalWriter, a_scribbled_tail_is_no_room) {
  const JournalForTest journal{1024};
  auto writer = journal.writer();
  for (int i = 0; i < 1024; ++i) ASSERT_TRUE(writer.step({.step = i}));
  const UniqueFd fd{::open(journal.path().c_str(), O_RDWR | O_CLOEXEC)};
  const auto tail_at =
      static_cast<off_t>(lane_entry_offset(0) + offsetof(tidemark_lane, tail_word));
  for (const std::uint64_t word : {std::uint64_t{512}, tidemark_position_word(5000)}) {
    ASSERT_EQ(::pwrite(fd.get(), &word, sizeof word, tail_at), 8);
    EXPECT_FALSE(writer.step({.step = 1}));
  }
  const std::uint64_t released = tidemark_position_word(1);
  ASSERT_EQ(::pwrite(fd.get(), &released, sizeof released, tail_at), 8);
  EXPECT_TRUE(writer.step({.step = 2}));
}

/// From here on the kernel ends this process at any system call but exit. A filter and not strict
/// mode, which on x86 takes the time stamp counter away too (prctl(2), PR_SET_TSC).
bool forbid_system_calls() {
  sock_filter program[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_exit_group},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
  };
  const sock_fprog filter{4, program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// The wait status of a child that runs `body` without system calls.
int in_silent_child(const auto& prepare, const auto& body) {
  return in_child([&] {
    if (!prepare() || !forbid_system_calls()) ::_exit(1);
    body();
    ::syscall(SYS_exit_group, 0);
  });
}

TEST(JournalWriter, recording_makes_no_system_call) {
  const int clock_alone = in_silent_child([] { return true; },
                                          [] {
                                            timespec now{};
                                            ::clock_gettime(CLOCK_BOOTTIME, &now);
                                          });
  if (clock_alone != 0) GTEST_SKIP() << "no seccomp here, or a clock that is a system call";
  const JournalForTest journal{8192};
  auto writer = journal.writer();
  const std::string details(2000, 'x');
  // The child has a lane of its own: claimed before the kernel watches.
  const auto record = [&] {
    for (int i = 0; i < 4000; ++i) writer.step({.step = i, .loss = 1.0});
    for (int i = 0; i < 50; ++i) writer.event("e", details);
    for (int i = 0; i < 9000; ++i) writer.step({.step = i});  // the lane is full by now
    writer.phase("p", true);
  };
  EXPECT_EQ(in_silent_child([&] { return tidemark_journal_claim(writer.handle()); }, record), 0);
  EXPECT_GT(writer.counts().records_taken, 4050U);
  EXPECT_GT(writer.counts().dropped_full, 100U);
}

// As Python does it: a thread counts as joined before its C destructors have run.
TEST(JournalWriter, a_thread_that_ends_while_its_journal_closes_harms_nobody) {
  const FolderForTest folder;
  for (int round = 0; round < 100; ++round) {
    const auto path = create_journal({.folder = folder.path(), .slots_per_lane = 1024});
    ASSERT_TRUE(path) << path.error().message;
    tidemark_journal* const journal = tidemark_journal_open(path->c_str(), nullptr);
    ASSERT_NE(journal, nullptr);
    std::atomic<bool> recorded{false};
    std::thread thread{[&] {
      EXPECT_TRUE(tidemark_journal_event(journal, "x", 1, nullptr, 0));
      recorded = true;
    }};
    while (!recorded) std::this_thread::yield();
    tidemark_journal_close(journal);
    thread.join();
    ASSERT_TRUE(remove_journal(*path));
  }
}

TEST(JournalWriter, a_lane_that_cannot_be_mapped_costs_no_more_than_itself) {
  const FolderForTest folder;
  const auto path = create_journal({.folder = folder.path()});
  ASSERT_TRUE(path) << path.error().message;
  const pid_t child = ::fork();
  if (child == 0) {
    tidemark_journal* const journal = tidemark_journal_open(path->c_str(), nullptr);
    // Room for what is mapped and a little more, and not for the 16 MiB of a lane.
    std::ifstream statm{"/proc/self/statm"};
    rlim_t pages = 0;
    statm >> pages;
    const rlim_t limit = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (4U << 20);
    const rlimit tight{limit, limit};
    if (journal == nullptr || ::setrlimit(RLIMIT_AS, &tight) != 0) ::_exit(2);
    ::_exit(tidemark_journal_event(journal, "x", 1, nullptr, 0) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer maps more than any such limit leaves";
#endif
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  struct stat found{};
  ASSERT_EQ(::stat(path->c_str(), &found), 0);
  EXPECT_LT(found.st_blocks * 512, 2 * (17 << 20));
}

}  // namespace
}  // namespace tidemark
