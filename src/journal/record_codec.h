// Checked private copies of slots to records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.h"
#include "journal/journal.h"

namespace tidemark {

/// Whether a private copy is the slot that belongs at `position`.
bool slot_is_sound(const tidemark_slot& copy, std::uint64_t position, std::uint32_t salt);

constexpr bool is_step_kind(std::uint8_t kind) {
  return kind == tidemark_kind_step || kind == tidemark_kind_step_completion;
}

StepRecord step_from(const tidemark_slot& sound, const ClockAnchor& anchor);

/// Nothing for a device kind of a later version.
std::optional<AllocatorRecord> allocator_from(const tidemark_slot& sound,
                                              const ClockAnchor& anchor);

constexpr bool is_event_kind(std::uint8_t kind) {
  return kind == tidemark_kind_event || kind == tidemark_kind_phase_start ||
         kind == tidemark_kind_phase_end;
}

/// Whether an event's first slot claims sizes that an event can have.
bool event_sizes_are_sound(const tidemark_slot& first);

/// Of a first slot with sound sizes and its whole payload.
JournalRecord event_from(const tidemark_slot& first, const std::string& payload,
                         const ClockAnchor& anchor);

}  // namespace tidemark
