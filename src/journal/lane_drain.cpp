#include "journal/lane_drain.h"

#include <algorithm>
#include <string>
#include <utility>

#include "journal/record_codec.h"

namespace tidemark {

const tidemark_slot* SlotWindow::slot(const JournalFile& file, std::uint32_t lane,
                                      std::uint64_t position, std::uint64_t head) {
  if (count_ == 0 || lane != lane_ || position < first_ || position - first_ >= count_) {
    const auto most = std::min<std::uint64_t>(kSlots, head - position);
    count_ = file.copy_slots_untrusted(lane, position, std::span{slots_}.first(most));
    lane_ = lane;
    first_ = position;
    if (count_ == 0) return nullptr;
  }
  return &slots_[position - first_];
}

std::uint64_t LaneDrain::run(const tidemark_lane* entry_untrusted, std::uint64_t next) {
  auto positions = entry_untrusted != nullptr
                       ? positions_in(*entry_untrusted, parts_.file->geometry())
                       : std::nullopt;
  if (!positions) positions = parts_.file->read_positions(lane_);
  // A position behind head is no position that this lane ever gave.
  if (!positions || next > positions->head) {
    ++parts_.drained->unreadable_lanes;
    return next;
  }
  head_ = positions->head;
  parts_.window->clear();
  std::uint64_t position = std::max(next, positions->tail);
  while (position < head_ && !parts_.budget.spent() && !unreadable_) {
    const auto* const slot = sound_slot(position);
    if (!unreadable_) position = slot != nullptr ? take_record(*slot, position) : condemn(position);
  }
  if (unreadable_)
    ++parts_.drained->unreadable_lanes;
  else
    parts_.drained->more = parts_.drained->more || position < head_;
  return position;
}

/// Null: `unreadable_`, or still not sound in a second copy.
const tidemark_slot* LaneDrain::sound_slot(std::uint64_t position) {
  for (int look = 0; look < 2; ++look) {
    const auto* const slot = parts_.window->slot(*parts_.file, lane_, position, head_);
    unreadable_ = slot == nullptr;
    if (unreadable_) return nullptr;
    if (slot_is_sound(*slot, position, parts_.file->geometry().salt)) return slot;
    parts_.window->clear();
  }
  return nullptr;
}

// Before a record is condemned, head is looked at again: had it been seen half-written and still
// passed its check bits, the record would be one that is being written now, and the drain ends
// before it.
std::uint64_t LaneDrain::condemn(std::uint64_t position, std::uint32_t slots) {
  const auto again = parts_.file->read_positions(lane_);
  if (again && again->head < head_) head_ = std::max(again->head, position);
  if (head_ == position) return position;
  if (position >= spoiled_until_) ++parts_.drained->malformed;
  spoiled_until_ = std::max(spoiled_until_, position + slots);
  in_spoiled_record_ = true;
  return position + 1;
}

std::uint64_t LaneDrain::take_record(const tidemark_slot& first, std::uint64_t position) {
  if (first.kind == tidemark_kind_continuation)  // its record's beginning was spoiled, or never was
    return in_spoiled_record_ ? position + 1 : condemn(position);
  in_spoiled_record_ = false;
  if (is_event_kind(first.kind)) return take_event(first, position);
  if (is_step_kind(first.kind)) {
    add(step_from(first, parts_.anchor));
    return position + 1;
  }
  if (first.kind == tidemark_kind_allocator) {
    if (auto allocator = allocator_from(first, parts_.anchor)) {
      add(*std::move(allocator));
      return position + 1;
    }
  }
  ++parts_.drained->unknown_kind;
  in_spoiled_record_ = true;  // of a later version: its continuations are skipped with it
  return position + 1;
}

std::uint64_t LaneDrain::take_event(const tidemark_slot& in_window, std::uint64_t position) {
  const tidemark_slot first = in_window;  // the window moves on below
  if (!event_sizes_are_sound(first)) return condemn(position);
  const std::uint32_t slots = tidemark_event_slots(first.argument);
  if (slots > head_ - position) return condemn(position);
  std::string payload{reinterpret_cast<const char*>(first.body.event.payload),
                      std::min<std::size_t>(first.argument, tidemark_event_first_bytes)};
  for (std::uint32_t i = 1; i < slots; ++i) {
    const auto* const slot = sound_slot(position + i);
    if (unreadable_) return position;
    if (slot == nullptr || slot->kind != tidemark_kind_continuation || slot->argument != i)
      return condemn(position, slots);
    payload.append(
        reinterpret_cast<const char*>(slot->body.continuation),
        std::min<std::size_t>(first.argument - payload.size(), tidemark_continuation_bytes));
  }
  add(event_from(first, payload, parts_.anchor), payload.size());
  return position + slots;
}

void LaneDrain::add(JournalRecord record, std::size_t text_bytes) {
  parts_.drained->records.push_back(std::move(record));
  --parts_.budget.records;
  parts_.budget.text_bytes -= std::min(parts_.budget.text_bytes, text_bytes);
}

}  // namespace tidemark
