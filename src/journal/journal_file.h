// The reader's descriptor on a journal: copies of its parts, and the few bytes a reader may write.
// What it returns is a private copy, and untrusted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "journal/journal.h"
#include "journal/layout.h"
#include "os/unique_fd.h"

namespace tidemark {

/// Head and tail of a lane, where both make sense.
struct LanePositions {
  std::uint64_t tail = 0;
  std::uint64_t head = 0;
};
std::optional<LanePositions> positions_in(const tidemark_lane& copy_untrusted,
                                          const JournalGeometry& geometry);

class JournalFile {
 public:
  /// Reads and judges the identity. Errors: malformed, too_new, io.
  static Result<JournalFile> open(UniqueFd fd, std::string name);

  const JournalInfo& info() const { return info_; }
  const JournalGeometry& geometry() const { return geometry_; }
  const std::string& name() const { return name_; }

  /// All entries of the lane table in one copy; fewer where the file ends before them.
  std::span<const tidemark_lane> copy_lanes_untrusted(std::vector<tidemark_lane>& buffer) const;
  /// Nothing where the file ends before it.
  std::optional<tidemark_lane> copy_lane_untrusted(std::uint32_t lane) const;
  /// Looks again a few times at a word that is no position, as it may have been seen half-written.
  std::optional<LanePositions> read_positions(std::uint32_t lane) const;
  /// Copies the slots that lie behind `position` without a wrap, at most `slots.size()`; how many.
  std::size_t copy_slots_untrusted(std::uint32_t lane, std::uint64_t position,
                                   std::span<tidemark_slot> slots) const;
  std::optional<tidemark_shared_drops> copy_shared_drops_untrusted() const;
  /// The valid copy with the higher generation.
  std::optional<tidemark_label> read_label() const;

  Result<void> write_tail(std::uint32_t lane, std::uint64_t position) const;
  /// Gives the memory of a lane's slots back. Only for a lane that nobody owns any more, before it
  /// is freed.
  Result<void> free_lane_memory(std::uint32_t lane) const;
  /// Only for a lane that nobody owns any more.
  Result<void> free_lane(std::uint32_t lane) const;
  Result<void> close_for_writers() const;
  Result<void> write_label(std::string_view text) const;

 private:
  JournalFile(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) const;
  std::optional<tidemark_label> copy_label(int copy) const;

  UniqueFd fd_;
  std::string name_;
  JournalInfo info_{};
  JournalGeometry geometry_{};
};

/// Writes all of `bytes` or says why not.
Result<void> write_all_at(int fd, std::uint64_t offset, std::span<const std::byte> bytes,
                          const std::string& name);

}  // namespace tidemark
