// The sampling path must work while the machine has no memory left: it may not allocate.
#include <gtest/gtest.h>

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

// The whole test program's; they count and do what the standard's do.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace tidemark {
namespace {

TEST(TickAllocation, a_tick_in_steady_state_allocates_its_list_of_processes_and_nothing_else) {
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
  for (int i = 0; i < 3; ++i) (void)sensors->sample();
  const auto before = allocations;
  const auto sample = sensors->sample();
  EXPECT_EQ(sample.processes.size(), 4U);
  EXPECT_EQ(allocations - before, 1U);
  const auto before_looks = allocations;
  (void)sensors->quick_look();
  (void)sensors->family_changed();
  EXPECT_EQ(allocations - before_looks, 0U);
}

}  // namespace
}  // namespace tidemark
