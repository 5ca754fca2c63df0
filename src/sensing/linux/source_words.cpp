#include "sensing/sensing.h"

namespace tidemark {

SourceWords source_words() {
  return {
      .no_memory = "/proc/meminfo cannot be read",
      .no_cgroup = "no memory cgroup is visible to this process",
      .no_limits = "/proc/self/limits cannot be read",
      .no_shm = "/dev/shm cannot be read",
      .no_pressure = "this kernel has none, or it is off (boot with psi=1)",
      .no_oom_counter = "this kernel counts none (4.13 and later do)",
      .pss = "smaps_rollup can be read: workers are told apart from shared pages",
      .no_pss = "not read yet, or smaps_rollup is not permitted: RSS stands in and is marked so"};
}

}  // namespace tidemark
