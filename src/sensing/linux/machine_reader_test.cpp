#include "sensing/linux/machine_reader.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "sensing/linux/shm_reader.h"
#include "sensing/linux/test_child.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

TEST(MachineReader, this_machine) {
  MachineReader reader{HostRoot{}};
  HostSample sample;
  reader.read(sample);
  ASSERT_TRUE(sample.memory);
  EXPECT_GT(sample.memory->total, sample.memory->available);
  ASSERT_TRUE(sample.counters.cpu_ticks_total);
  EXPECT_GT(*sample.counters.cpu_ticks_total, *sample.counters.cpu_busy_ticks_total);
  EXPECT_TRUE(sample.counters.major_faults_total.has_value());
}

TEST(MachineReader, a_machine_without_any_file_has_nothing_to_say) {
  const HostTree tree;
  MachineReader reader{tree.host()};
  HostSample sample;
  reader.read(sample);
  EXPECT_FALSE(sample.memory.has_value());
  EXPECT_FALSE(sample.pressure.has_value());
  EXPECT_FALSE(sample.counters.cpu_ticks_total.has_value());
  EXPECT_FALSE(reader.quick_look().has_value());
}

TEST(MachineReader, pressure_that_is_there_but_cannot_be_read_is_absent) {
  // A folder stands in for what the kernel does with psi=0: it opens, and reading it fails.
  const auto tree = HostTree{}.file("proc/pressure/memory/x", "");
  MachineReader reader{tree.host()};
  HostSample sample;
  reader.read(sample);
  EXPECT_FALSE(sample.pressure.has_value());
}

TEST(ShmReader, the_trainers_dev_shm_grows_with_what_is_put_there) {
  ShmReader reader{HostRoot{}, ::getpid()};
  const auto before = reader.read();
  if (!before) GTEST_SKIP() << "/dev/shm is no tmpfs here";
  EXPECT_GT(before->total.count, 0);
  EXPECT_LE(before->used, before->total);
}

TEST(ShmReader, after_the_trainers_end_our_own_stands_in_where_it_was_the_same) {
  TestChild child{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  ShmReader reader{HostRoot{}, child.pid()};
  if (!reader.read()) GTEST_SKIP() << "/dev/shm is no tmpfs here";
  child.end();
  EXPECT_TRUE(reader.read().has_value());
}

TEST(ShmReader, a_plain_folder_is_no_shared_memory) {
  const auto tree = HostTree{}.file("dev/shm/x", "");
  struct statfs status{};
  if (::statfs(tree.host().resolve("dev/shm").c_str(), &status) == 0 && status.f_type == 0x01021994)
    GTEST_SKIP() << "the temporary folder is itself on tmpfs";
  EXPECT_FALSE((ShmReader{tree.host(), 7}.read().has_value()));
}

}  // namespace
}  // namespace tidemark
