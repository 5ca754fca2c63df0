#include "sensing/linux/parsers/process_status.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(ProcessStatus, high_water_mark_and_parts_of_the_resident_set) {
  const auto status = parse_process_status(
      "Name:\tVmHWM: 7 kB\nUmask:\t0022\nVmPeak:\t    9000 kB\nVmSize:\t    8000 kB\n"
      "VmHWM:\t    1696 kB\nVmRSS:\t    1600 kB\nRssAnon:\t     112 kB\nRssFile:\t    1584 kB\n"
      "RssShmem:\t       4 kB\nVmData:\t     360 kB\nVmSwap:\t       8 kB\nThreads:\t1\n");
  EXPECT_EQ(status.vm_size, kib(8000));
  EXPECT_EQ(status.peak_rss, kib(1696));
  EXPECT_EQ(status.rss, kib(1600));
  EXPECT_EQ(status.rss_anon, kib(112));
  EXPECT_EQ(status.rss_file, kib(1584));
  EXPECT_EQ(status.rss_shmem, kib(4));
  EXPECT_EQ(status.vm_data, kib(360));
  EXPECT_EQ(status.swap, kib(8));
}

TEST(ProcessStatus, a_zombie_has_no_memory_fields) {
  const auto status = parse_process_status("Name:\tpython3\nState:\tZ (zombie)\nThreads:\t1\n");
  EXPECT_FALSE(status.rss.has_value());
  EXPECT_FALSE(status.peak_rss.has_value());
}

}  // namespace
}  // namespace tidemark
