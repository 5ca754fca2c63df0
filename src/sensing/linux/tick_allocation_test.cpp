// The sampling path must work while the machine has no memory left: it may not allocate.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "os/process_watch.h"
#include "os/system_clock.h"
#include "sensing/linux/test_child.h"
#include "sensing/sensing.h"

namespace {

// Of this thread alone: the PSS reader's thread is not the sampling path.
thread_local std::size_t allocations = 0;

}  // namespace

// The whole test program's; they count and do what the standard's do. Not inlined: GCC 12 would
// take the pair for a mismatched one.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace tidemark {
namespace {

/// Allocations beyond those that the tick answers to be its own. A process that starts anywhere on
/// the machine is looked at, which allocates: the fewest are those of a tick without one.
template <class Tick>
std::size_t fewest_of_many(Tick tick) {
  std::size_t fewest = SIZE_MAX;
  for (int i = 0; i < 100; ++i) {
    const auto before = allocations;
    const std::size_t own = tick();
    fewest = std::min(fewest, allocations - before - own);
  }
  return fewest;
}

/// One for each list that the sample carries.
std::size_t lists_in(const HostSample& sample) {
  const bool has_tenants = sample.tenants && !sample.tenants->tenants.empty();
  return (sample.processes.empty() ? 0U : 1U) + (has_tenants ? 1U : 0U);
}

TEST(TickAllocation, a_tick_in_steady_state_allocates_its_lists_and_nothing_else) {
  TestChild trainer{[](auto ready) {
    for (int worker = 0; worker < 3; ++worker)
      if (::fork() == 0) wait_for_ever();
    ready();
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = Sensors::open(HostRoot{}, identify_process(HostRoot{}, trainer.pid()).value(),
                               {.pss_budget_ratio = 0}, clock);
  ASSERT_TRUE(sensors);
  (void)sensors->sample();
  EXPECT_EQ(sensors->sample().processes.size(), 4U);
  EXPECT_EQ(fewest_of_many([&] { return lists_in(sensors->sample()); }), 0U);
  EXPECT_EQ(fewest_of_many([&] { return (void)sensors->quick_look(), 0U; }), 0U);
  EXPECT_EQ(fewest_of_many([&] { return (void)sensors->family_changed(), 0U; }), 0U);
}

}  // namespace
}  // namespace tidemark
