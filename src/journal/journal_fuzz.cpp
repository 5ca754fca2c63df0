// The reader over any bytes. The first byte says how the rest is read:
//   0  the whole file, as it is
//   1  the whole file, with zeros up to its full length (so that a short input reaches the lanes)
//   2  a sound identity; the input overlays the lane table and the first slots, and each slot's
//   sequence
//      and checksum are made right, so that what lies behind them is reached
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "journal/journal.h"
#include "journal/layout.h"

namespace {

using tidemark::check;
using Input = std::span<const std::uint8_t>;

constexpr std::uint32_t kSlots = 1024;
constexpr std::uint32_t kLanes = 2;
constexpr std::size_t kFileBytes = 0x10000 + kLanes * 0x10000;

tidemark_identity sound_identity() {
  tidemark_identity identity{};
  std::ranges::copy(tidemark_magic, identity.magic);
  identity.byte_order = tidemark_byte_order;
  identity.version_major = tidemark_version_major;
  identity.slots_offset = tidemark_slots_offset;
  identity.lane_count = kLanes;
  identity.lane_entry_bytes = tidemark_lane_entry_bytes;
  identity.slots_per_lane = kSlots;
  identity.slot_bytes = tidemark_slot_bytes;
  identity.checksum = tidemark_fnv1a(0, &identity, offsetof(tidemark_identity, checksum));
  return identity;
}

Input take(Input& input, std::size_t most) {
  const auto part = input.first(std::min(most, input.size()));
  input = input.subspan(part.size());
  return part;
}

/// Two bytes a lane say how many slots are published, then come the slots.
std::vector<std::uint8_t> overlaid(Input input) {
  std::vector<std::uint8_t> file(kFileBytes);
  const auto identity = sound_identity();
  std::memcpy(file.data(), &identity, sizeof identity);
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    std::uint16_t published = 0;
    const auto head = take(input, sizeof published);
    std::memcpy(&published, head.data(), head.size());
    const std::uint64_t word = tidemark_position_word(published % (kSlots + 2));
    std::memcpy(
        file.data() + tidemark::lane_entry_offset(lane) + offsetof(tidemark_lane, head_word), &word,
        sizeof word);
  }
  for (std::uint64_t position = 0; position < kSlots && !input.empty(); ++position) {
    tidemark_slot slot{};
    const auto bytes = take(input, sizeof slot);
    std::memcpy(&slot, bytes.data(), bytes.size());
    slot.sequence = static_cast<std::uint32_t>(position);
    slot.checksum = tidemark_slot_checksum(&slot, position, 0);
    std::memcpy(file.data() + tidemark_slots_offset + position * sizeof slot, &slot, sizeof slot);
  }
  return file;
}

std::vector<std::uint8_t> file_from(Input input) {
  if (input.empty()) return {};
  const auto how = input[0] % 3;
  input = input.subspan(1);
  if (how == 2) return overlaid(input);
  std::vector<std::uint8_t> file{input.begin(), input.end()};
  if (how == 1 && file.size() < kFileBytes) file.resize(kFileBytes);
  return file;
}

void read_all(tidemark::JournalReader& reader) {
  tidemark::JournalPosition position{.journal_id = reader.info().id};
  // A slot yields at most one record: a drain that goes on for longer does not end.
  constexpr int kMostDrains = 4096;
  int drains = 0;
  for (bool more = true; more; ++drains) {
    check(drains < kMostDrains, "a drain ends");
    auto drained = reader.drain(position, 100);
    check(drained.has_value(), "a drain of an open journal answers");
    check(drained->records.size() <= 100, "a drain keeps its bound");
    for (std::size_t lane = 0; lane < position.next.size(); ++lane)
      check(drained->position.next[lane] >= position.next[lane], "positions do not go back");
    position = std::move(drained->position);
    more = drained->more;
  }
  check(tidemark::decode_journal_position(tidemark::encode(position)).has_value(),
        "a position survives its text");
  check(reader.release(position).has_value(), "a release of a sound position is done");
  (void)reader.reclaim_lanes(tidemark::HostRoot{"/nowhere"});
  (void)reader.live_lanes(tidemark::HostRoot{"/nowhere"});
  const auto counts = reader.counts();
  check(!counts || reader.label().size() <= tidemark_label_bytes, "a label fits its place");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = file_from({data, size});
  tidemark::UniqueFd fd{::memfd_create("journal", MFD_CLOEXEC)};
  check(::write(fd.get(), file.data(), file.size()) == static_cast<ssize_t>(file.size()),
        "memory for the input");
  auto reader = tidemark::JournalReader::adopt(std::move(fd), "input");
  if (reader) read_all(*reader);
  return 0;
}
