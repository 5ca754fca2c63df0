// What the files of the writer share: an open journal, and which lane is this thread's. Compiled
// without exceptions, into the trainer's process.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "journal/writer_lane.h"

// A serial is never used twice in a process, and a forked child changes it: what a thread remembers
// under another serial is of a closed journal or of its parent.
struct tidemark_journal {
  std::atomic<std::uint64_t> serial{0};
  std::atomic<bool> enabled{true};
  std::atomic<std::uint16_t> rank{0};
  std::atomic<int> ending_threads{0};  // that are giving back a lane: close waits for them
  int fd = -1;
  std::byte* header = nullptr;  // the file's first 64 KiB, mapped
  tidemark::JournalGeometry geometry{};
  std::array<tidemark::WriterLane, tidemark_lane_count>
      lanes{};  // [i] is only touched by who claimed lane i

  tidemark_lane& lane_entry(std::uint32_t index) const noexcept {
    return *reinterpret_cast<tidemark_lane*>(header + tidemark::lane_entry_offset(index));
  }
  tidemark_control& control() const noexcept {
    return *reinterpret_cast<tidemark_control*>(header + tidemark_control_offset);
  }
  tidemark_shared_drops& drops() const noexcept {
    return *reinterpret_cast<tidemark_shared_drops*>(header + tidemark_drops_offset);
  }
};

namespace tidemark {

inline constexpr std::uint64_t kSerialUnused = 0;
inline constexpr std::uint64_t kSerialOpening = 1;

// Static storage: no call but the first pays for memory, and a thread that ends late can still ask
// whether its journal is open.
extern std::array<tidemark_journal, 16> g_journals;
extern std::atomic<std::uint64_t> g_next_serial;

struct ThreadLane {
  std::uint64_t serial = kSerialUnused;
  tidemark_journal* journal = nullptr;
  WriterLane* lane = nullptr;  // null: none could be had
  std::uint32_t index = 0;
  std::int64_t retry_at_ns = 0;
};

// More journals than this in one thread is nobody's use; the fifth gets no lane.
extern constinit thread_local std::array<ThreadLane, 4> t_lanes;

/// Unmaps a lane of this process and marks it retired.
void retire_lane(tidemark_journal& journal, std::uint32_t index) noexcept;

/// What this thread has under `serial`, or a lane claimed now; null when none is to be had.
[[gnu::noinline]] WriterLane* find_or_claim_lane(tidemark_journal& journal,
                                                 std::uint64_t serial) noexcept;

inline WriterLane* lane_of_this_thread(tidemark_journal& journal) noexcept {
  const auto serial = journal.serial.load(std::memory_order_relaxed);
  const auto& first = t_lanes[0];
  if (first.serial == serial && first.lane != nullptr) [[likely]]
    return first.lane;
  return find_or_claim_lane(journal, serial);
}

}  // namespace tidemark
