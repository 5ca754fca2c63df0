#include "os/host_root.h"

#include <gtest/gtest.h>

#include "os/kept_file.h"

namespace tidemark {
namespace {

TEST(HostRoot, a_proc_file_without_size_is_read_whole) {
  const auto text = HostRoot{}.read("proc/self/status");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_NE(text->find("VmRSS:"), std::string::npos);
}

TEST(HostRoot, a_missing_file_is_not_found_and_named) {
  const auto text = HostRoot{"/nonexistent"}.read("proc/meminfo");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::not_found);
  EXPECT_NE(text.error().message.find("/nonexistent/proc/meminfo"), std::string::npos);
}

TEST(KeptFile, rereads_from_the_start) {
  auto file = KeptFile::open(HostRoot{}, "proc/uptime");
  ASSERT_TRUE(file);
  const auto first = file->read();
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->empty());
  const auto second = file->read();
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->empty());
}

}  // namespace
}  // namespace tidemark
