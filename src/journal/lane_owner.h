// Whether the one who claimed a lane can still write to it.
#pragma once

#include "journal/journal.h"
#include "os/host_root.h"

namespace tidemark {

enum class LaneOwner : std::uint8_t {
  none,     // free
  retired,  // ended in good order
  dead,     // of this pid namespace and boot, and gone
  alive,    // or nobody here can tell
};

/// `boot_id` is the journal's: processes of another boot are dead.
LaneOwner judge_owner(const tidemark_lane& copy_untrusted, const std::string& boot_id,
                      const HostRoot& host);

/// False when it has ended or is on its way out, is of another boot, or was never known (pid 0).
bool runs_on(ProcessIdentity id, const std::string& boot_id, const HostRoot& host);

}  // namespace tidemark
