#include "journal/layout.h"

#include <algorithm>

namespace tidemark {
namespace {

bool plausible_sizes(const tidemark_identity& copy) {
  return copy.slots_offset == tidemark_slots_offset && copy.slot_bytes == tidemark_slot_bytes &&
         copy.lane_entry_bytes == tidemark_lane_entry_bytes && copy.lane_count >= 1 &&
         copy.lane_count <= tidemark_lane_count &&
         copy.slots_per_lane >= tidemark_min_slots_per_lane &&
         copy.slots_per_lane <= tidemark_max_slots_per_lane &&
         std::has_single_bit(copy.slots_per_lane);
}

}  // namespace

IdentityVerdict judge_identity(const tidemark_identity& copy) noexcept {
  if (!std::ranges::equal(copy.magic, tidemark_magic)) return IdentityVerdict::not_a_journal;
  if (copy.byte_order != tidemark_byte_order || copy.version_major != tidemark_version_major)
    return IdentityVerdict::other_version;
  if (copy.checksum != tidemark_fnv1a(0, &copy, offsetof(tidemark_identity, checksum)))
    return IdentityVerdict::not_a_journal;
  return plausible_sizes(copy) ? IdentityVerdict::valid : IdentityVerdict::not_a_journal;
}

}  // namespace tidemark
