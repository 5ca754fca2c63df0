// Nothing to protect with: macOS has no OOM score, and the monitor's memory is left to the system,
// which compresses before it swaps.
#include "os/self_protection.h"

namespace tidemark {

Result<void> leave_oom_choice(const HostRoot&) {
  return fail(Errc::unsupported, "macOS has no OOM score that a process could lower");
}

Bytes lock_present_memory(const HostRoot&, Bytes) {
  return {};
}

}  // namespace tidemark
