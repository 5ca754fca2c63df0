#include "sensing/linux/parsers/process_stat.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark {
namespace {

constexpr std::string_view kTail =
    " S 11244 11244 6473 0 -1 4194368 101 0 6 0 250 50 0 0 20 0 1 0 275028 3133440 382 "
    "18446744073709551615 94716369575936 94716369595817 140733536065200 0 0 0 0 0 0 0 0 0 17 0 0 0 "
    "0 "
    "0 0 94716369611824 94716369613440 94716619350016 140733536070144 140733536070164 "
    "140733536070164 140733536071659 0\n";

TEST(ProcessStat, fields_are_found_by_their_number) {
  const std::string text = "11249 (python3)" + std::string{kTail};
  const auto stat = parse_process_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "python3");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent_pid, 11244);
  EXPECT_EQ(stat->major_faults, 6U);
  EXPECT_EQ(stat->cpu_ticks, 300U);
  EXPECT_EQ(stat->start_ticks, 275028U);
  EXPECT_EQ(stat->rss_pages, 382U);
  EXPECT_EQ(stat->start_code, 94716369575936U);
  EXPECT_EQ(stat->start_stack, 140733536065200U);
  EXPECT_TRUE(stat->forked_only());
  EXPECT_FALSE(stat->is_thread);
  EXPECT_FALSE(stat->ended());
}

TEST(ProcessStat, a_name_with_parentheses_and_newlines_cannot_shift_the_fields) {
  const std::string text = "7 (a) R 1 1\n(b)" + std::string{kTail};
  const auto stat = parse_process_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "a) R 1 1\n(b");
  EXPECT_EQ(stat->parent_pid, 11244);
}

TEST(ProcessStat, a_thread_is_told_from_a_process_by_its_exit_signal) {
  std::string text = "11249 (python3)" + std::string{kTail};
  text.replace(text.find(" 17 0 0"), 3, " -1");
  ASSERT_TRUE(parse_process_stat(text));
  EXPECT_TRUE(parse_process_stat(text)->is_thread);
}

TEST(ProcessStat, one_that_has_let_go_of_its_memory_to_exit_has_ended) {
  std::string text = "11249 (python3)" + std::string{kTail};
  text.replace(text.find("4194368"), 7, "4194372");  // PF_EXITING in place of PF_FORKNOEXEC
  ASSERT_TRUE(parse_process_stat(text));
  EXPECT_FALSE(parse_process_stat(text)->ended()) << "it still holds its memory";
  text.replace(text.find(" 382 "), 5, " 0 ");
  EXPECT_TRUE(parse_process_stat(text)->ended());
}

TEST(ProcessStat, short_or_broken_text_is_absent) {
  EXPECT_FALSE(parse_process_stat("").has_value());
  EXPECT_FALSE(parse_process_stat("1 )(").has_value());
  EXPECT_FALSE(parse_process_stat("1 (a) S 1 2 3").has_value());
}

}  // namespace
}  // namespace tidemark
