// The writer behind journal_abi.h, inside the trainer's process: records. Compiled without
// exceptions.
#include <bit>
#include <cmath>
#include <cstring>
#include <ctime>
#include <limits>
#include <string_view>

#include "journal/writer_journal.h"

namespace tidemark {
namespace {

#if defined(CLOCK_BOOTTIME)
constexpr clockid_t kBootClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kBootClock = CLOCK_MONOTONIC;  // Darwin's runs on while the machine sleeps
#endif

/// The lane to record in; null is counted.
inline WriterLane* lane_to_record_in(tidemark_journal* journal) noexcept {
  if (journal == nullptr || journal->header == nullptr) return nullptr;
  if (!journal->enabled.load(std::memory_order_relaxed) ||
      load_shared(journal->control().closed) != 0) [[unlikely]] {
    std::atomic_ref{journal->drops().disabled}.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  WriterLane* const lane = lane_of_this_thread(*journal);
  if (lane == nullptr) [[unlikely]]
    std::atomic_ref{journal->drops().no_lane}.fetch_add(1, std::memory_order_relaxed);
  return lane;
}

inline bool room_or_count(WriterLane& lane, std::uint32_t slots) noexcept {
  if (lane.has_room(slots)) [[likely]]
    return true;
  count_up(lane.shared().dropped_full_total);
  return false;
}

// Out of float's range the nearest float; NaN and infinity stay what they are.
float narrow(double value) noexcept {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::fabs(value) <= kMost) [[likely]]
    return static_cast<float>(value);
  if (std::isnan(value)) return static_cast<float>(value);
  const float most = std::isinf(value) ? std::numeric_limits<float>::infinity()
                                       : std::numeric_limits<float>::max();
  return std::copysign(most, static_cast<float>(value < 0 ? -1 : 1));
}

// Built in registers: as a tidemark_slot it would be stored in small pieces and loaded in larger
// ones.
inline SlotWords step_words(std::uint8_t kind, const tidemark_step_values& values,
                            std::int64_t now_ns, std::uint16_t rank) noexcept {
  std::uint32_t present = values.present & 0x3f;
  if (values.batch_size < 0 || values.batch_size > std::int64_t{0xffff'ffff})
    present &= ~std::uint32_t{tidemark_has_batch_size};
  const auto batch_size =
      (present & tidemark_has_batch_size) != 0 ? static_cast<std::uint32_t>(values.batch_size) : 0;
  return {0,
          beside(beside(beside(kind, present, 8), rank, 16), batch_size, 32),
          static_cast<std::uint64_t>(values.step),
          static_cast<std::uint64_t>(now_ns),
          std::bit_cast<std::uint64_t>(values.loss),
          std::bit_cast<std::uint64_t>(values.learning_rate),
          std::bit_cast<std::uint64_t>(values.gradient_norm),
          beside(std::bit_cast<std::uint32_t>(narrow(values.step_time_seconds)),
                 std::bit_cast<std::uint32_t>(narrow(values.data_wait_seconds)), 32)};
}

inline bool record_step(tidemark_journal* journal, std::uint8_t kind,
                        const tidemark_step_values& values) noexcept {
  WriterLane* const lane = lane_to_record_in(journal);
  if (lane == nullptr || !room_or_count(*lane, 1)) return false;
  const auto now_ns = values.time_ns != 0 ? values.time_ns : tidemark_boot_ns();
  lane->put(0, step_words(kind, values, now_ns, journal->rank.load(std::memory_order_relaxed)));
  lane->publish(1);
  return true;
}

/// Type and details behind each other, copied in pieces as slots need them.
struct Payload {
  std::string_view type{};
  std::string_view details{};

  std::size_t size() const noexcept { return type.size() + details.size(); }
  void copy(std::size_t from, std::uint8_t* to, std::size_t most) const noexcept {
    for (const auto part : {type, details}) {
      if (from >= part.size()) {
        from -= part.size();
        continue;
      }
      const auto count = part.size() - from < most ? part.size() - from : most;
      std::memcpy(to, part.data() + from, count);
      to += count;
      most -= count;
      from = 0;
    }
  }
};

void put_continuations(WriterLane& lane, const Payload& payload, std::uint32_t slots,
                       std::uint16_t rank) noexcept {
  for (std::uint32_t i = 1; i < slots; ++i) {
    tidemark_slot slot{};
    slot.kind = tidemark_kind_continuation;
    slot.rank = rank;
    slot.argument = i;
    payload.copy(tidemark_event_first_bytes + std::size_t{i - 1} * tidemark_continuation_bytes,
                 slot.body.continuation, tidemark_continuation_bytes);
    lane.put(i, words_of(slot));
  }
}

bool record_event(tidemark_journal* journal, std::uint8_t kind, const Payload& payload) noexcept {
  WriterLane* const lane = lane_to_record_in(journal);
  if (lane == nullptr) return false;
  if (payload.type.empty() || payload.type.size() > tidemark_max_type_bytes ||
      payload.details.size() > tidemark_max_details_bytes) {
    count_up(lane->shared().dropped_too_large_total);
    return false;
  }
  const auto payload_bytes = static_cast<std::uint32_t>(payload.size());
  const auto slots = tidemark_event_slots(payload_bytes);
  if (slots > journal->geometry.slots_per_lane) {
    count_up(lane->shared().dropped_too_large_total);
    return false;
  }
  if (!room_or_count(*lane, slots)) return false;
  tidemark_slot slot{};
  slot.kind = kind;
  slot.rank = journal->rank.load(std::memory_order_relaxed);
  slot.argument = payload_bytes;
  slot.body.event.time_ns = tidemark_boot_ns();
  slot.body.event.type_bytes = static_cast<std::uint16_t>(payload.type.size());
  payload.copy(0, slot.body.event.payload, tidemark_event_first_bytes);
  put_continuations(*lane, payload, slots, slot.rank);
  lane->put(0, words_of(slot));
  lane->publish(slots);
  return true;
}

}  // namespace
}  // namespace tidemark

using namespace tidemark;  // the C functions below are the namespace's outside

int64_t tidemark_boot_ns(void) {
  timespec now{};
  ::clock_gettime(kBootClock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

bool tidemark_journal_step(tidemark_journal* journal, const tidemark_step_values* values) {
  return record_step(journal, tidemark_kind_step, *values);
}

bool tidemark_journal_step_completion(tidemark_journal* journal,
                                      const tidemark_step_values* values) {
  return record_step(journal, tidemark_kind_step_completion, *values);
}

bool tidemark_journal_event(tidemark_journal* journal, const char* type, size_t type_bytes,
                            const char* details, size_t details_bytes) {
  return record_event(journal, tidemark_kind_event, {{type, type_bytes}, {details, details_bytes}});
}

bool tidemark_journal_phase(tidemark_journal* journal, const char* name, size_t name_bytes,
                            bool begins) {
  return record_event(journal, begins ? tidemark_kind_phase_start : tidemark_kind_phase_end,
                      {{name, name_bytes}, {}});
}

bool tidemark_journal_allocator(tidemark_journal* journal,
                                const tidemark_allocator_values* values) {
  WriterLane* const lane = lane_to_record_in(journal);
  if (lane == nullptr || !room_or_count(*lane, 1)) return false;
  tidemark_slot slot{};
  slot.kind = tidemark_kind_allocator;
  slot.flags = values->device_kind;
  slot.rank = journal->rank.load(std::memory_order_relaxed);
  slot.argument = values->device_index;
  slot.body.allocator = {.time_ns = tidemark_boot_ns(),
                         .step = values->step,
                         .allocated_bytes = values->allocated_bytes,
                         .reserved_bytes = values->reserved_bytes,
                         .peak_allocated_bytes = values->peak_allocated_bytes,
                         .peak_reserved_bytes = values->peak_reserved_bytes};
  lane->put(0, words_of(slot));
  lane->publish(1);
  return true;
}
