#include "journal/lane_owner.h"

#include "journal/layout.h"
#include "journal/platform.h"
#include "os/process_watch.h"

namespace tidemark {

bool is_alive(ProcessIdentity id, const std::string& boot_id, const HostRoot& host) {
  if (id.pid <= 0 || (!boot_id.empty() && boot_id != own_boot_id().text)) return false;
  const auto watch = ProcessWatch::open(host, id);
  return watch && !watch->ended();
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
  return is_alive(owner, boot_id, host) ? LaneOwner::alive : LaneOwner::dead;
}

}  // namespace tidemark
