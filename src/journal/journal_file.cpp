#include "journal/journal_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "journal/platform.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

// Copies by pread and not through a mapping: a file that somebody truncates answers with fewer
// bytes, where a mapping would answer with SIGBUS.
std::size_t read_at(int fd, std::uint64_t offset, std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t got =
        ::pread(fd, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

template <class Part>
std::optional<Part> copy_part(int fd, std::uint64_t offset) {
  Part copy{};
  const auto bytes = std::as_writable_bytes(std::span{&copy, 1});
  return read_at(fd, offset, bytes) == bytes.size() ? std::optional{copy} : std::nullopt;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

// The checksum says that a writer of ours wrote it, no more: clocks that a conversion to seconds
// could not hold are refused here, once.
bool plausible_clock(std::int64_t ns) {
  return ns >= 0 && ns < (std::int64_t{1} << 61);
}

JournalInfo info_from(const tidemark_identity& valid) {
  const std::string_view boot_id{valid.boot_id, sizeof valid.boot_id};
  return {.id = hex(valid.id),
          .boot_id = std::string{boot_id.substr(0, boot_id.find('\0'))},
          .anchor = {.boot = {valid.anchor_boot_ns}, .wall = {valid.anchor_wall_ns}},
          .root = {valid.root_pid, valid.root_start_ticks},
          .slots_per_lane = valid.slots_per_lane};
}

}  // namespace

Result<void> write_all_at(int fd, std::uint64_t offset, std::span<const std::byte> bytes,
                          const std::string& name) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put =
        ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return std::unexpected(system_error(put < 0 ? errno : ENOSPC, name));
    done += static_cast<std::size_t>(put);
  }
  return {};
}

Result<JournalFile> JournalFile::open(UniqueFd fd, std::string name) {
  const auto identity = copy_part<tidemark_identity>(fd.get(), 0);
  const auto verdict = identity ? judge_identity(*identity) : IdentityVerdict::not_a_journal;
  if (verdict == IdentityVerdict::other_version)
    return fail(Errc::too_new, name + ": a journal of another version of tidemark");
  if (verdict == IdentityVerdict::not_a_journal || !plausible_clock(identity->anchor_boot_ns) ||
      !plausible_clock(identity->anchor_wall_ns))
    return fail(Errc::malformed, name + ": not a journal, or damaged at its beginning");
  JournalFile file{std::move(fd), std::move(name)};
  file.info_ = info_from(*identity);
  file.geometry_ = geometry_of(*identity);
  return file;
}

std::optional<LanePositions> positions_in(const tidemark_lane& copy_untrusted,
                                          const JournalGeometry& geometry) {
  LanePositions positions;
  const bool sound = tidemark_position_of(copy_untrusted.head_word, &positions.head) &&
                     tidemark_position_of(copy_untrusted.tail_word, &positions.tail) &&
                     positions.tail <= positions.head &&
                     positions.head - positions.tail <= geometry.slots_per_lane;
  return sound ? std::optional{positions} : std::nullopt;
}

// The acquire fences stand between a copy of head and the later copies of the slots behind it: both
// are loads of this thread, made by the kernel on its behalf (a switch of cores is a barrier
// itself).
std::span<const tidemark_lane> JournalFile::copy_lanes_untrusted(
    std::vector<tidemark_lane>& buffer) const {
  buffer.resize(geometry_.lane_count);
  const auto got =
      read_at(fd_.get(), lane_entry_offset(0), std::as_writable_bytes(std::span{buffer}));
  std::atomic_thread_fence(std::memory_order_acquire);
  return std::span{buffer}.first(got / sizeof(tidemark_lane));
}

std::optional<tidemark_lane> JournalFile::copy_lane_untrusted(std::uint32_t lane) const {
  const auto copy = copy_part<tidemark_lane>(fd_.get(), lane_entry_offset(lane));
  std::atomic_thread_fence(std::memory_order_acquire);
  return copy;
}

std::optional<LanePositions> JournalFile::read_positions(std::uint32_t lane) const {
  constexpr int kLooks = 4;
  for (int look = 0; look < kLooks; ++look) {
    const auto copy = copy_lane_untrusted(lane);
    if (!copy) return std::nullopt;
    if (const auto positions = positions_in(*copy, geometry_)) return positions;
  }
  return std::nullopt;
}

std::size_t JournalFile::copy_slots_untrusted(std::uint32_t lane, std::uint64_t position,
                                              std::span<tidemark_slot> slots) const {
  const std::uint64_t index = position & (geometry_.slots_per_lane - 1);
  const auto count = std::min<std::uint64_t>(slots.size(), geometry_.slots_per_lane - index);
  const auto got = read_at(fd_.get(), geometry_.lane_offset(lane) + index * tidemark_slot_bytes,
                           std::as_writable_bytes(slots.first(count)));
  return got / tidemark_slot_bytes;
}

std::optional<tidemark_shared_drops> JournalFile::copy_shared_drops_untrusted() const {
  return copy_part<tidemark_shared_drops>(fd_.get(), tidemark_drops_offset);
}

std::optional<tidemark_label> JournalFile::copy_label(int copy) const {
  auto label = copy_part<tidemark_label>(
      fd_.get(), tidemark_label_offset + static_cast<std::uint64_t>(copy) * tidemark_label_bytes);
  const bool sound =
      label && label->generation != 0 && label->text_bytes <= sizeof label->text &&
      label->checksum == tidemark_fnv1a(label->generation, label->text, label->text_bytes);
  return sound ? label : std::nullopt;
}

std::optional<tidemark_label> JournalFile::read_label() const {
  const auto a = copy_label(0);
  const auto b = copy_label(1);
  if (!a || !b) return a ? a : b;
  return a->generation > b->generation ? a : b;
}

Result<void> JournalFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
  return write_all_at(fd_.get(), offset, bytes, name_);
}

// Release: every copy of the freed slots was made before this is seen.
Result<void> JournalFile::write_tail(std::uint32_t lane, std::uint64_t position) const {
  const std::uint64_t word = tidemark_position_word(position);
  std::atomic_thread_fence(std::memory_order_release);
  return write_at(lane_entry_offset(lane) + offsetof(tidemark_lane, tail_word),
                  std::as_bytes(std::span{&word, 1}));
}

// The mark goes first: a claimer after our death allocates what is there already, which is no harm.
Result<void> JournalFile::free_lane_memory(std::uint32_t lane) const {
  constexpr std::byte kNone{0};
  const auto mark = lane_entry_offset(lane) + offsetof(tidemark_lane, allocated);
  if (auto done = write_at(mark, {&kNone, 1}); !done) return done;
  free_range(fd_.get(), geometry_.lane_offset(lane), geometry_.lane_bytes());
  return {};
}

// The state is one byte of its word and written as one byte, which cannot be seen half-written; the
// claimer's compare-exchange goes by it alone.
Result<void> JournalFile::free_lane(std::uint32_t lane) const {
  const std::uint64_t unknown = 0;
  if (auto done = write_at(lane_entry_offset(lane) + offsetof(tidemark_lane, owner_start_ticks),
                           std::as_bytes(std::span{&unknown, 1}));
      !done)
    return done;
  std::atomic_thread_fence(std::memory_order_release);
  constexpr std::byte kFree{tidemark_lane_free};
  return write_at(lane_entry_offset(lane) + offsetof(tidemark_lane, state_word) + kLowByteOffset,
                  {&kFree, 1});
}

Result<void> JournalFile::close_for_writers() const {
  constexpr std::byte kClosed{1};
  return write_at(tidemark_control_offset + offsetof(tidemark_control, closed), {&kClosed, 1});
}

Result<void> JournalFile::write_label(std::string_view text) const {
  tidemark_label label{};
  if (text.size() > sizeof label.text)
    return fail(Errc::invalid, name_ + ": a label of " + std::to_string(text.size()) +
                                   " bytes; at most " + std::to_string(sizeof label.text) + " fit");
  const auto before = read_label();
  label.generation = before ? before->generation + 1 : 1;
  label.text_bytes = static_cast<std::uint32_t>(text.size());
  std::memcpy(label.text, text.data(), text.size());
  label.checksum = tidemark_fnv1a(label.generation, label.text, label.text_bytes);
  // Never over the copy that counts now: generations alternate between the two.
  const std::uint64_t copy = label.generation % 2;
  return write_at(tidemark_label_offset + copy * tidemark_label_bytes,
                  std::as_bytes(std::span{&label, 1}));
}

}  // namespace tidemark
