#include "sensing/mac_text/vm_stat.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr std::string_view kText =
    "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
    "Pages free:                                5076.\n"
    "Pages wired down:                        111522.\n"
    "Pages purgeable:                            429.\n"
    "\"Translation faults\":                 717814376.\n"
    "File-backed pages:                        70018.\n"
    "Anonymous pages:                         145305.\n"
    "Pages stored in compressor:              677154.\n"
    "Pages occupied by compressor:            148632.\n"
    "Pageins:                                1234567.\n"
    "Swapins:                                    900.\n"
    "Swapouts:                                  1100.\n";

TEST(VmStat, every_count_is_of_pages_of_the_size_in_the_first_line) {
  const auto stat = parse_vm_stat(kText);
  ASSERT_TRUE(stat) << stat.error().message;
  EXPECT_EQ(stat->page, kib(16));
  EXPECT_EQ(stat->wired, 111522U);
  EXPECT_EQ(stat->anonymous, 145305U);
  EXPECT_EQ(stat->purgeable, 429U);
  EXPECT_EQ(stat->compressor, 148632U);  // what it occupies, not the 677154 that it stores
  EXPECT_EQ(stat->file_backed, 70018U);
  EXPECT_EQ(stat->page_ins_total, 1234567U);
  EXPECT_EQ(stat->swap_ins_total, 900U);
  EXPECT_EQ(stat->swap_outs_total, 1100U);
}

TEST(VmStat, intel_pages_are_four_kibibytes) {
  const auto stat = parse_vm_stat(
      "Mach Virtual Memory Statistics: (page size of 4096 bytes)\nPages wired down: 715958.\n"
      "Pages purgeable: 11820.\nAnonymous pages: 464333.\nPages occupied by compressor: 0.\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->page, kib(4));
  EXPECT_FALSE(stat->swap_outs_total.has_value());
}

TEST(VmStat, without_page_size_or_counts_it_is_malformed) {
  EXPECT_EQ(parse_vm_stat("").error().code, Errc::malformed);
  EXPECT_EQ(parse_vm_stat("Pages wired down: 5.\nAnonymous pages: 5.\n").error().code,
            Errc::malformed);
  EXPECT_FALSE(
      parse_vm_stat("x (page size of 0 bytes)\nPages wired down: 5.\nPages purgeable: 1.\n"
                    "Anonymous pages: 5.\nPages occupied by compressor: 0.\n"));
  EXPECT_FALSE(parse_vm_stat("x (page size of 16384 bytes)\nPages wired down: many.\n"));
}

}  // namespace
}  // namespace tidemark
