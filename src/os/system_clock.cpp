#include "os/system_clock.h"

#include <ctime>

namespace tidemark {
namespace {

#if defined(CLOCK_BOOTTIME)
constexpr clockid_t kBootClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kBootClock = CLOCK_MONOTONIC;  // Darwin's runs on while the machine sleeps
#endif

std::int64_t read_ns(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

BootTime SystemClock::now() const {
  return {read_ns(kBootClock)};
}
WallTime SystemClock::wall() const {
  return {read_ns(CLOCK_REALTIME)};
}

ClockAnchor anchor_now(const Clock& clock) {
  return {clock.now(), clock.wall()};
}

}  // namespace tidemark
