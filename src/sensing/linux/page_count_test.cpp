#include "sensing/linux/page_count.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "sensing/linux/maps_line_for_test.h"
#include "sensing/linux/parsers/smaps_rollup.h"
#include "sensing/linux/test_child.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::size_t kAll = std::size_t{1} << 30;
constexpr std::size_t kHalf = 16U << 20;
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kExclusive = std::uint64_t{1} << 56;
constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;

long page_bytes() {
  return ::sysconf(_SC_PAGESIZE);
}

Bytes pages(std::int64_t count) {
  return {count * page_bytes()};
}

std::string pagemap(const std::array<std::uint64_t, 6>& entries) {
  return {reinterpret_cast<const char*>(entries.data()), sizeof entries};
}

// Pages 1 and 2 are mapped, 3 is reserved, 4 and 5 are a file's.
HostTree two_mappings(const std::array<std::uint64_t, 6>& entries) {
  const long page = page_bytes();
  return HostTree{}
      .file("proc/7/maps", maps_line(page, 3 * page, "rw-p") +
                               maps_line(3 * page, 4 * page, "---p") +
                               maps_line(4 * page, 6 * page, "r--p", "/lib/libtorch.so"))
      .file("proc/7/pagemap", pagemap(entries));
}

TEST(PageCount, present_pages_are_told_by_who_maps_them) {
  const auto tree = two_mappings({kPresent, kPresent | kExclusive, kPresent, kPresent,
                                  kPresent | kOfFile, kPresent | kOfFile | kExclusive});
  const auto counted = count_pages(tree.host(), 7, kAll);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->present, pages(4))
      << "neither page 0, which is not mapped, nor the reserved one";
  EXPECT_EQ(counted->exclusive, pages(2));
  EXPECT_EQ(counted->anon, pages(2));
}

TEST(PageCount, swapped_and_absent_pages_are_not_resident) {
  const auto tree = two_mappings({0, kSwapped | kExclusive, 0, 0, kOfFile, kPresent | kOfFile});
  const auto counted = count_pages(tree.host(), 7, kAll);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->present, pages(1));
  EXPECT_EQ(counted->exclusive, pages(0));
}

TEST(PageCount, no_more_addresses_are_walked_than_was_asked) {
  const auto tree = two_mappings({kPresent, kPresent, kPresent, kPresent, kPresent, kPresent});
  EXPECT_EQ(count_pages(tree.host(), 7, 3)->present, pages(3));
}

TEST(PageCount, a_process_that_is_not_there_is_an_error) {
  EXPECT_FALSE(count_pages(HostTree{}.host(), 7, kAll).has_value());
}

// A child that has written half of what it inherited, as smaps_rollup itself divides it.
TEST(PageCount, of_a_forked_child_what_it_alone_maps_is_its_uss) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's shadow is terabytes of mappings that a fork shares";
#endif
  const TestChild parent{[](auto ready) {
    filled_pages(kHalf);
    const TestChild child{[&](auto child_ready) {
      filled_pages(kHalf);
      child_ready();
      ready();
      wait_for_ever();
    }};
    wait_for_ever();
  }};
  const HostRoot host;
  const auto text = host.read("proc/" + std::to_string(parent.pid()) + "/task/" +
                              std::to_string(parent.pid()) + "/children");
  if (!text || text->empty()) GTEST_SKIP() << "this kernel does not list a process's children";
  const pid_t child = std::stoi(*text);
  const auto rollup = host.read("proc/" + std::to_string(child) + "/smaps_rollup");
  const auto counted = count_pages(host, child, kAll);
  if (!rollup || !counted) GTEST_SKIP() << "smaps_rollup or pagemap may not be read here";
  const auto truth = parse_smaps_rollup(*rollup);
  ASSERT_TRUE(truth);
  EXPECT_NEAR(to_gib(counted->exclusive), to_gib(truth->uss), to_gib(mib(1)));
  EXPECT_NEAR(to_gib(counted->present), to_gib(truth->rss), to_gib(mib(1)));
  EXPECT_GT(counted->present, counted->exclusive + mib(15)) << "the parent's half is shared";
}

}  // namespace
}  // namespace tidemark
