#include "sensing/linux/pss_reader.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>

#include "os/system_clock.h"
#include "sensing/linux/maps_line_for_test.h"
#include "sensing/linux/test_child.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::string_view kStat =
    "7 (python3) S 1 1 1 0 -1 4194304 0 0 0 0 10 5 0 0 20 0 1 0 12345 1000 256 "
    "18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0\n";
constexpr std::string_view kRollup =
    "Rss: 1000 kB\nPss: 400 kB\nPrivate_Clean: 50 kB\nPrivate_Dirty: 250 kB\n";

std::vector<PssReading> readings_of(PssReader& reader) {
  std::vector<PssReading> readings;
  becomes_true([&] {
    reader.copy_readings(readings);
    return !readings.empty();
  });
  return readings;
}

TEST(PssReader, leaves_its_answer_in_the_slot) {
  const auto tree = HostTree{}.file("proc/7/stat", kStat).file("proc/7/smaps_rollup", kRollup);
  const SystemClock clock;
  PssReader reader{tree.host(), clock, 0.001};
  reader.follow(std::vector<PssTarget>{{{7, 12345}, ProcessRole::main}}, false);
  const auto readings = readings_of(reader);
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].pss, kib(400));
  EXPECT_EQ(readings[0].uss, kib(300));
  EXPECT_FALSE(reader.take_notice().has_value());
}

TEST(PssReader, a_process_that_is_not_followed_any_more_has_no_reading) {
  const auto tree = HostTree{}.file("proc/7/stat", kStat).file("proc/7/smaps_rollup", kRollup);
  const SystemClock clock;
  PssReader reader{tree.host(), clock, 0.001};
  reader.follow(std::vector<PssTarget>{{{7, 12345}, ProcessRole::main}}, false);
  ASSERT_EQ(readings_of(reader).size(), 1U);
  reader.follow({}, false);
  std::vector<PssReading> readings;
  reader.copy_readings(readings);
  EXPECT_TRUE(readings.empty());
}

TEST(PssReader, the_text_of_a_pids_next_owner_is_not_taken) {
  const auto tree = HostTree{}
                        .file("proc/7/stat", kStat)
                        .file("proc/7/smaps_rollup", kRollup)
                        .file("proc/8/stat", kStat)
                        .file("proc/8/smaps_rollup", kRollup);
  const SystemClock clock;
  PssReader reader{tree.host(), clock, 0.001};
  // 8 comes after 7 in the schedule: when it was read, 7 was tried before.
  reader.follow(
      std::vector<PssTarget>{{{7, 999}, ProcessRole::main}, {{8, 12345}, ProcessRole::child}},
      false);
  const auto readings = readings_of(reader);
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].id.pid, 8);
}

// Three pages: one of its own, two that others map as well.
std::string pagemap_of_three() {
  constexpr std::uint64_t kPresent = std::uint64_t{1} << 63, kExclusive = std::uint64_t{1} << 56;
  const std::array<std::uint64_t, 4> entries{0, kPresent | kExclusive, kPresent, kPresent};
  return {reinterpret_cast<const char*>(entries.data()), sizeof entries};
}

std::string maps_of_three_pages() {
  const auto page = ::sysconf(_SC_PAGESIZE);
  return maps_line(page, 4 * page, "rw-p");
}

TEST(PssReader, of_a_large_process_pages_are_counted_and_shared_ones_divided) {
  const auto tree = HostTree{}
                        .file("proc/7/stat", kStat)
                        .file("proc/7/statm", "9000000 8000000 500 1 0 900000 0")
                        .file("proc/7/maps", maps_of_three_pages())
                        .file("proc/7/pagemap", pagemap_of_three())
                        .file("proc/7/smaps_rollup", kRollup);
  const SystemClock clock;
  PssReader reader{tree.host(), clock, 0.001};
  const std::vector<PssTarget> run{{{7, 12345}, ProcessRole::main}, {{8, 1}, ProcessRole::worker}};
  reader.follow(run, false);
  const auto readings = readings_of(reader);
  ASSERT_EQ(readings.size(), 1U);
  const Bytes page{::sysconf(_SC_PAGESIZE)};
  EXPECT_TRUE(readings[0].counted);
  EXPECT_EQ(readings[0].uss, page);
  EXPECT_EQ(readings[0].rss, page + page + page);
  EXPECT_EQ(readings[0].pss, page + page) << "two pages between two processes";
}

TEST(PssReader, a_large_process_whose_pages_cannot_be_counted_is_read_as_the_others_are) {
  const auto tree = HostTree{}
                        .file("proc/7/stat", kStat)
                        .file("proc/7/statm", "9000000 8000000 500 1 0 900000 0")
                        .file("proc/7/smaps_rollup", kRollup);
  const SystemClock clock;
  PssReader reader{tree.host(), clock, 0.001};
  reader.follow(std::vector<PssTarget>{{{7, 12345}, ProcessRole::main}}, false);
  const auto readings = readings_of(reader);
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_FALSE(readings[0].counted);
  EXPECT_EQ(readings[0].pss, kib(400));
}

constexpr PssReading kReading{.id = {7, 1},
                              .at = BootTime{50},
                              .rss = kib(1000),
                              .pss = kib(400),
                              .uss = kib(300),
                              .sharers = 1};

TEST(ApplyPss, a_reading_made_since_the_last_sample_counts_as_measured) {
  ProcessSample process{.id = {7, 1}, .rss = kib(1000)};
  apply_pss(process, kReading, BootTime{40}, 1);
  EXPECT_EQ(process.pss, kib(400));
  EXPECT_EQ(process.uss, kib(300));
  EXPECT_EQ(process.pss_basis, PssBasis::measured);
}

TEST(ApplyPss, what_was_counted_is_never_a_measurement) {
  auto reading = kReading;
  reading.counted = true;
  ProcessSample process{.id = {7, 1}, .rss = kib(1000)};
  apply_pss(process, reading, BootTime{40}, 1);
  EXPECT_EQ(process.uss, kib(300));
  EXPECT_EQ(process.pss_basis, PssBasis::scaled);
}

TEST(ApplyPss, an_older_reading_gives_its_ratios) {
  ProcessSample process{.id = {7, 1}, .rss = kib(2000)};
  apply_pss(process, kReading, BootTime{60}, 1);
  EXPECT_EQ(process.pss, kib(800));
  EXPECT_EQ(process.uss, kib(600));
  EXPECT_EQ(process.pss_basis, PssBasis::scaled);
}

TEST(ApplyPss, anonymous_pages_that_came_since_are_the_processs_own) {
  auto reading = kReading;
  reading.pss = kib(250);
  reading.uss = kib(10);
  reading.anon = kib(900);
  ProcessSample worker{.id = {7, 1}, .rss = kib(3000), .rss_anon = kib(2900)};
  apply_pss(worker, reading, BootTime{60}, 1);
  EXPECT_EQ(worker.pss, kib(2250)) << "250 as they were read, and 2000 more";
  EXPECT_EQ(worker.uss, kib(2010));
  EXPECT_EQ(worker.pss_basis, PssBasis::scaled);
}

TEST(ApplyPss, pages_of_files_that_came_since_are_shared_as_the_others_are) {
  auto reading = kReading;
  reading.anon = kib(900);
  ProcessSample worker{.id = {7, 1}, .rss = kib(2000), .rss_anon = kib(900)};
  apply_pss(worker, reading, BootTime{60}, 1);
  EXPECT_EQ(worker.pss, kib(800));
  EXPECT_EQ(worker.uss, kib(600));
}

TEST(ApplyPss, a_process_that_grew_since_is_no_longer_as_it_was_read) {
  ProcessSample process{.id = {7, 1}, .rss = kib(2000)};
  apply_pss(process, kReading, BootTime{40}, 1);
  EXPECT_EQ(process.pss, kib(800));
  EXPECT_EQ(process.pss_basis, PssBasis::scaled);
}

TEST(ApplyPss, workers_that_ended_leave_the_shared_pages_to_those_who_stay) {
  ProcessSample trainer{.id = {7, 1}, .rss = kib(1000)};
  auto reading = kReading;
  reading.pss = kib(250);
  reading.uss = kib(50);
  reading.sharers = 4;
  apply_pss(trainer, reading, BootTime{40}, 1);
  EXPECT_EQ(trainer.pss, kib(850)) << "50 of its own and 4 x 200 shared";
  EXPECT_EQ(trainer.uss, kib(50));
  EXPECT_EQ(trainer.pss_basis, PssBasis::scaled);
}

TEST(ApplyPss, pss_never_exceeds_rss) {
  ProcessSample trainer{.id = {7, 1}, .rss = kib(1000)};
  auto reading = kReading;
  reading.sharers = 16;
  apply_pss(trainer, reading, BootTime{40}, 1);
  EXPECT_EQ(trainer.pss, kib(1000));
}

TEST(ApplyPss, a_siblings_reading_is_never_a_measurement) {
  ProcessSample process{.id = {8, 1}, .rss = kib(1000)};
  apply_pss(process, kReading, BootTime{40}, 1);
  EXPECT_EQ(process.pss, kib(400));
  EXPECT_EQ(process.pss_basis, PssBasis::scaled);
}

}  // namespace
}  // namespace tidemark
