// Arithmetic of the file's layout that writer, reader and creator share. journal_abi.h has the
// picture.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "tidemark/journal_abi.h"

namespace tidemark {

/// What a journal's identity says of its sizes, once checked.
struct JournalGeometry {
  std::uint32_t lane_count = 0;
  std::uint32_t slots_per_lane = 0;
  std::uint32_t salt = 0;

  std::uint64_t lane_bytes() const { return tidemark_lane_bytes(slots_per_lane); }
  std::uint64_t lane_offset(std::uint32_t lane) const {
    return tidemark_slots_offset + lane * lane_bytes();
  }
  std::uint64_t file_bytes() const { return lane_offset(lane_count); }
};

/// Where lane `lane`'s entry begins in the file.
constexpr std::uint64_t lane_entry_offset(std::uint32_t lane) {
  return tidemark_lane_table_offset + std::uint64_t{lane} * tidemark_lane_entry_bytes;
}

/// What became of the identity's bytes.
enum class IdentityVerdict : std::uint8_t { valid, not_a_journal, other_version };

/// Judges a private copy of the identity: magic, version, byte order, checksum, sizes.
IdentityVerdict judge_identity(const tidemark_identity& copy) noexcept;

inline JournalGeometry geometry_of(const tidemark_identity& valid) {
  return {valid.lane_count, valid.slots_per_lane, valid.salt};
}

/// The byte of a native 64-bit word that holds its low eight bits: a lane's state in its
/// state_word.
inline constexpr std::uint64_t kLowByteOffset = std::endian::native == std::endian::little ? 0 : 7;

constexpr std::uint8_t lane_state_of(std::uint64_t state_word) {
  return static_cast<std::uint8_t>(state_word & 0xff);
}
constexpr std::int32_t lane_pid_of(std::uint64_t state_word) {
  return static_cast<std::int32_t>(state_word >> 32);
}
/// `before` claimed by `pid`: counts the claim, which wraps in its 24 bits.
constexpr std::uint64_t claimed_state_word(std::uint64_t before, std::int32_t pid) {
  const std::uint64_t claims = ((before >> 8) + 1) & 0xff'ffff;
  return std::uint64_t{static_cast<std::uint32_t>(pid)} << 32 | claims << 8 | tidemark_lane_claimed;
}
constexpr std::uint64_t with_lane_state(std::uint64_t state_word, std::uint8_t state) {
  return (state_word & ~std::uint64_t{0xff}) | state;
}

}  // namespace tidemark
