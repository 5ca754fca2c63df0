#include <gtest/gtest.h>

#include <array>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

const std::array kMarks{
    LogMark{.reader = "1.0", .byte_offset = 100, .line = 3, .unix_seconds = 1005, .step = 1},
    LogMark{.reader = "1.0", .byte_offset = 400, .line = 9, .unix_seconds = 1010, .step = 4},
    LogMark{.reader = "1.0", .byte_offset = 900, .line = 20, .unix_seconds = 1015, .step = 9}};

TEST(LogTimes, a_byte_had_come_by_the_first_mark_behind_it) {
  EXPECT_EQ(mark_of(kMarks, 1000, 100)->unix_seconds, 1010);
  EXPECT_EQ(mark_of(kMarks, 1000, 399)->step, 4);
  EXPECT_EQ(mark_of(kMarks, 1000, 400)->unix_seconds, 1015);
}

TEST(LogTimes, what_came_behind_the_last_mark_is_not_dated) {
  EXPECT_EQ(mark_of(kMarks, 1000, 900), nullptr);
  EXPECT_EQ(mark_of({}, 1000, 0), nullptr);
}

TEST(LogTimes, what_was_there_before_it_was_followed_is_not_dated) {
  EXPECT_EQ(mark_of(kMarks, 1000, 0)->unix_seconds, 1005);
  EXPECT_EQ(mark_of(kMarks, 400, 0), nullptr);
}

TEST(LogTimes, offsets_of_two_streams_are_not_mixed) {
  auto marks = kMarks;
  marks[1].reader = "1.1";
  EXPECT_EQ(mark_of(marks, 1000, 150), nullptr);
}

}  // namespace
}  // namespace tidemark
