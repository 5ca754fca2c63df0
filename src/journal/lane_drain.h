// Reads what one lane holds behind a position.
#pragma once

#include <cstdint>
#include <vector>

#include "journal/journal_file.h"

namespace tidemark {

/// A stretch of a lane's slots, copied once. Reused from lane to lane and from drain to drain.
class SlotWindow {
 public:
  SlotWindow() : slots_(kSlots) {}
  /// The copy of one slot of `lane`, valid until the next call; null where the file ends before it.
  /// Nothing at or behind `head` is copied ahead: it may not be complete yet.
  const tidemark_slot* slot(const JournalFile& file, std::uint32_t lane, std::uint64_t position,
                            std::uint64_t head);
  void clear() { count_ = 0; }

 private:
  static constexpr std::size_t kSlots = 512;  // 32 KiB
  std::vector<tidemark_slot> slots_;
  std::uint32_t lane_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t count_ = 0;
};

/// How much a drain may still hold in memory.
struct DrainBudget {
  std::size_t records = 0;
  std::size_t text_bytes = 0;
  bool spent() const { return records == 0 || text_bytes == 0; }
};

/// What every lane of one drain shares.
struct DrainParts {
  const JournalFile* file = nullptr;
  SlotWindow* window = nullptr;
  ClockAnchor anchor{};
  DrainBudget budget{};
  Drained* drained = nullptr;
};

/// One lane in one drain.
class LaneDrain {
 public:
  LaneDrain(DrainParts& parts, std::uint32_t lane) : parts_(parts), lane_(lane) {}

  /// From `next`, or from the lane's tail where that is further; returns where the next drain
  /// begins.
  /// `entry_untrusted` is null where the file ends before it.
  std::uint64_t run(const tidemark_lane* entry_untrusted, std::uint64_t next);

 private:
  const tidemark_slot* sound_slot(std::uint64_t position);
  std::uint64_t condemn(std::uint64_t position, std::uint32_t slots = 1);
  std::uint64_t take_record(const tidemark_slot& first, std::uint64_t position);
  std::uint64_t take_event(const tidemark_slot& in_window, std::uint64_t position);
  void add(JournalRecord record, std::size_t text_bytes = 0);

  DrainParts& parts_;
  std::uint32_t lane_;
  std::uint64_t head_ = 0;
  bool unreadable_ = false;
  // Continuations that follow belong to what was counted already. So from the start: a drain only
  // ever ends inside a record that it condemned.
  bool in_spoiled_record_ = true;
  std::uint64_t spoiled_until_ = 0;  // so do damaged slots before this
};

}  // namespace tidemark
