#include "journal/lane_owner.h"

#include "journal/layout.h"
#include "journal/platform.h"
#include "os/process_watch.h"

namespace tidemark {

bool runs_on(ProcessIdentity id, const std::string& boot_id, const HostRoot& host) {
  if (id.pid <= 0 || (!boot_id.empty() && boot_id != own_boot_id().text)) return false;
  const auto watch = ProcessWatch::open(host, id);
  return watch && !watch->ending();
}

LaneOwner judge_owner(const tidemark_lane& copy_untrusted, const std::string& boot_id,
                      const HostRoot& host) {
  const auto state = lane_state_of(copy_untrusted.state_word);
  if (state == tidemark_lane_free) return LaneOwner::none;
  if (state == tidemark_lane_retired) return LaneOwner::retired;
  if (!boot_id.empty() && boot_id != own_boot_id().text) return LaneOwner::dead;
  const bool foreign = copy_untrusted.owner_pid_namespace != own_pid_namespace();
  if (foreign || copy_untrusted.owner_start_ticks == 0) return LaneOwner::alive;
  const ProcessIdentity owner{lane_pid_of(copy_untrusted.state_word),
                              copy_untrusted.owner_start_ticks};
  // Until it is gone: a thread that was killed on another processor runs on for some microseconds.
  const auto watch = ProcessWatch::open(host, owner);
  return watch && !watch->ended() ? LaneOwner::alive : LaneOwner::dead;
}

}  // namespace tidemark
