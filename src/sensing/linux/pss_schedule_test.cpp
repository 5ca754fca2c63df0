#include "sensing/linux/pss_schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr double kRatio = 0.001;
constexpr PssTarget kMain{{100, 1}, ProcessRole::main};
constexpr PssTarget kWorker{{101, 5}, ProcessRole::worker};
constexpr PssTarget kSecondWorker{{102, 6}, ProcessRole::worker};
constexpr PssTarget kChild{{90, 2}, ProcessRole::child};

BootTime at(double s) {
  return BootTime{} + from_seconds(s);
}

TEST(PssSchedule, a_process_is_read_half_a_second_after_it_was_born) {
  constexpr PssTarget kNewborn{{103, 100'000}, ProcessRole::worker};  // at 1000 s
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kNewborn});
  EXPECT_FALSE(schedule.due(at(1000.4)).has_value());
  EXPECT_EQ(schedule.next_at(at(1000)), at(1000.5));
  EXPECT_EQ(schedule.due(at(1000.5)), kNewborn);
}

TEST(PssSchedule, first_reads_come_at_once_and_main_comes_first) {
  PssSchedule schedule{kRatio};
  EXPECT_TRUE(schedule.follow(std::vector{kChild, kWorker, kMain}));
  EXPECT_EQ(schedule.due(at(1000.5)), kMain);
  schedule.finished(kMain.id, at(1000.5), milliseconds{40}, PssOutcome::read);
  EXPECT_EQ(schedule.due(at(1000.6)), kWorker);
  schedule.finished(kWorker.id, at(1000.6), milliseconds{40}, PssOutcome::read);
  EXPECT_EQ(schedule.due(at(1000.7)), kChild);
}

TEST(PssSchedule, a_read_is_paid_for_before_the_next_one) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain});
  schedule.finished(kMain.id, at(1001), milliseconds{40}, PssOutcome::read);
  EXPECT_FALSE(schedule.due(at(1040.9)).has_value());
  EXPECT_EQ(schedule.next_at(at(1002)), at(1041));
  EXPECT_EQ(schedule.due(at(1041)), kMain);
}

TEST(PssSchedule, the_pause_holds_for_all_processes_together) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain, kWorker});
  schedule.finished(kMain.id, at(1001), milliseconds{40}, PssOutcome::read);
  schedule.finished(kWorker.id, at(1002), milliseconds{10}, PssOutcome::read);
  EXPECT_FALSE(schedule.due(at(1050.9)).has_value());
  EXPECT_EQ(schedule.due(at(1051)), kMain);  // the older reading of the two
}

TEST(PssSchedule, a_new_worker_is_read_soon_although_the_last_read_is_not_paid_for) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain});
  schedule.finished(kMain.id, at(1001), milliseconds{400}, PssOutcome::read);  // paid for at 1401
  schedule.follow(std::vector{kMain, kWorker});
  EXPECT_EQ(schedule.due(at(1100.5)), kWorker);
}

TEST(PssSchedule, first_reads_cannot_run_up_an_unbounded_debt) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain, kWorker, kSecondWorker});
  schedule.finished(kMain.id, at(1001), milliseconds{4475}, PssOutcome::read);  // a 200 GB process
  EXPECT_FALSE(schedule.due(at(1010)).has_value());
  EXPECT_EQ(schedule.next_at(at(1010)), at(1001 + 4475 - 600));
  EXPECT_EQ(schedule.due(at(4876)), kWorker);
}

TEST(PssSchedule, over_a_day_the_budget_is_kept) {
  PssSchedule schedule{kRatio};
  const std::vector targets{kMain, kWorker, kSecondWorker, kChild};
  schedule.follow(targets);
  nanoseconds spent{};
  auto now = at(0);
  while (now < at(86'400)) {
    if (const auto target = schedule.due(now)) {
      const auto took = target->role == ProcessRole::main ? milliseconds{120} : milliseconds{35};
      schedule.finished(target->id, now, took, PssOutcome::read);
      spent += took;
      now = now + took;
    }
    now = std::max(now + milliseconds{1}, schedule.next_at(now).value_or(at(86'400)));
  }
  EXPECT_LE(spent, seconds{86} + milliseconds{700});  // 86.4 s and what may come in advance
  EXPECT_GE(spent, seconds{80});                      // and it is made use of
}

TEST(PssSchedule, a_cheap_process_is_not_read_more_often_than_every_five_seconds) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kChild});
  schedule.finished(kChild.id, at(1001), nanoseconds{100'000}, PssOutcome::read);
  EXPECT_FALSE(schedule.due(at(1005.9)).has_value());
  EXPECT_EQ(schedule.due(at(1006.1)), kChild);
}

TEST(PssSchedule, a_refusal_is_final) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain});
  schedule.finished(kMain.id, at(1001), nanoseconds{1000}, PssOutcome::refused);
  EXPECT_FALSE(schedule.due(at(9000)).has_value());
  EXPECT_FALSE(schedule.next_at(at(9000)).has_value());
}

TEST(PssSchedule, nothing_is_begun_while_the_machine_waits_for_memory) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain});
  schedule.hold(true);
  EXPECT_FALSE(schedule.due(at(1002)).has_value());
  EXPECT_EQ(schedule.next_at(at(1002)), at(1003));
  schedule.hold(false);
  EXPECT_EQ(schedule.due(at(1002)), kMain);
}

TEST(PssSchedule, a_reused_pid_is_another_process_and_an_ended_one_is_forgotten) {
  PssSchedule schedule{kRatio};
  schedule.follow(std::vector{kMain, kWorker});
  schedule.finished(kWorker.id, at(1001), nanoseconds{1000}, PssOutcome::read);
  constexpr PssTarget kReused{{101, 900}, ProcessRole::worker};
  EXPECT_TRUE(schedule.follow(std::vector{kMain, kReused}));
  EXPECT_FALSE(schedule.follow(std::vector{kMain, kReused}));
  schedule.finished(kMain.id, at(1003), nanoseconds{1000}, PssOutcome::read);
  EXPECT_EQ(schedule.due(at(1003.5)), kReused);
}

TEST(PssSchedule, without_a_budget_nothing_is_read) {
  PssSchedule schedule{0};
  schedule.follow(std::vector{kMain});
  EXPECT_FALSE(schedule.due(at(2000)).has_value());
  EXPECT_FALSE(schedule.next_at(at(2000)).has_value());
}

}  // namespace
}  // namespace tidemark
