#include "journal/record_codec.h"

#include <limits>

#include "core/utf8.h"

namespace tidemark {
namespace {

template <class Value>
std::optional<Value> when(const tidemark_slot& slot, std::uint8_t flag, Value value) {
  return (slot.flags & flag) != 0 ? std::optional{value} : std::nullopt;
}

Bytes bytes_from(std::uint64_t untrusted) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return Bytes{static_cast<std::int64_t>(untrusted < kMost ? untrusted : kMost)};
}

// In double: the difference of two foreign 64-bit numbers may not fit one.
double unix_seconds_of(std::int64_t time_ns_untrusted, const ClockAnchor& anchor) {
  if (time_ns_untrusted >= 0 && time_ns_untrusted < (std::int64_t{1} << 60))
    return anchor.unix_seconds({time_ns_untrusted});
  return anchor.unix_seconds(anchor.boot) +
         (static_cast<double>(time_ns_untrusted) - static_cast<double>(anchor.boot.ns)) * 1e-9;
}

}  // namespace

bool slot_is_sound(const tidemark_slot& copy, std::uint64_t position, std::uint32_t salt) {
  return copy.sequence == static_cast<std::uint32_t>(position) &&
         copy.checksum == tidemark_slot_checksum(&copy, position, salt);
}

StepRecord step_from(const tidemark_slot& sound, const ClockAnchor& anchor) {
  const tidemark_step_body& body = sound.body.step;
  return {.step = body.step,
          .unix_seconds = unix_seconds_of(body.time_ns, anchor),
          .loss = when(sound, tidemark_has_loss, body.loss),
          .batch_size = when(sound, tidemark_has_batch_size, std::int64_t{sound.argument}),
          .gradient_norm = when(sound, tidemark_has_gradient_norm, body.gradient_norm),
          .learning_rate = when(sound, tidemark_has_learning_rate, body.learning_rate),
          .step_time_seconds = when(sound, tidemark_has_step_time, double{body.step_time_seconds}),
          .data_wait_seconds = when(sound, tidemark_has_data_wait, double{body.data_wait_seconds}),
          .source = StepSource::hook,
          .completes = sound.kind == tidemark_kind_step_completion,
          .rank = sound.rank};
}

std::optional<AllocatorRecord> allocator_from(const tidemark_slot& sound,
                                              const ClockAnchor& anchor) {
  if (sound.flags > tidemark_device_mps) return std::nullopt;
  const tidemark_allocator_body& body = sound.body.allocator;
  return AllocatorRecord{.unix_seconds = unix_seconds_of(body.time_ns, anchor),
                         .step = body.step >= 0 ? std::optional{body.step} : std::nullopt,
                         .device = static_cast<AllocatorRecord::Device>(sound.flags),
                         .device_index = sound.argument,
                         .allocated = bytes_from(body.allocated_bytes),
                         .reserved = bytes_from(body.reserved_bytes),
                         .peak_allocated = bytes_from(body.peak_allocated_bytes),
                         .peak_reserved = bytes_from(body.peak_reserved_bytes),
                         .rank = sound.rank};
}

bool event_sizes_are_sound(const tidemark_slot& first) {
  const auto type_bytes = first.body.event.type_bytes;
  return type_bytes >= 1 && type_bytes <= tidemark_max_type_bytes && first.argument >= type_bytes &&
         first.argument - type_bytes <= tidemark_max_details_bytes;
}

JournalRecord event_from(const tidemark_slot& first, const std::string& payload,
                         const ClockAnchor& anchor) {
  // A byte that is no UTF-8 becomes three; the bound leaves room, so that sound text is never cut.
  constexpr std::size_t kMostBytes = std::size_t{3} * tidemark_max_details_bytes;
  const double at = unix_seconds_of(first.body.event.time_ns, anchor);
  const std::string_view text{payload};
  const std::size_t type_bytes = first.body.event.type_bytes;
  auto type = to_valid_utf8(text.substr(0, type_bytes), kMostBytes);
  if (first.kind == tidemark_kind_event)
    return EventRecord{.unix_seconds = at,
                       .type = std::move(type),
                       .details = to_valid_utf8(text.substr(type_bytes), kMostBytes),
                       .rank = first.rank};
  return PhaseRecord{.unix_seconds = at,
                     .name = std::move(type),
                     .begins = first.kind == tidemark_kind_phase_start,
                     .rank = first.rank};
}

}  // namespace tidemark
