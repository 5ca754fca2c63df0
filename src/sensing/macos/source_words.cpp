#include "sensing/sensing.h"

namespace tidemark {

SourceWords source_words() {
  return {
      .no_memory = "neither Mach nor vm_stat tells of this Mac's memory",
      .no_cgroup = "macOS has no cgroups",
      .no_limits = "macOS shows nobody the limits of another process",
      .no_shm = "macOS has no /dev/shm",
      .no_pressure = "macOS counts no stalls; a change of its memory pressure level is a notice",
      .no_oom_counter = "macOS counts none: a SIGKILL is judged by what was in use",
      .pss = "the kernel's footprint of a process stands in: it adds up",
      .no_pss = "another user's processes: RSS of ps stands in and is marked so"};
}

}  // namespace tidemark
