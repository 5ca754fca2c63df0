#include "journal/writer_lane.h"

#include <sys/mman.h>

namespace tidemark {
namespace {

// Read-and-write without a change: the slots may hold records that wait for the monitor.
void touch_pages(std::uint64_t* slots, std::uint64_t bytes) noexcept {
  constexpr std::size_t kSmallestPageWords = 4096 / sizeof(std::uint64_t);
  for (std::size_t at = 0; at < bytes / sizeof(std::uint64_t); at += kSmallestPageWords)
    std::atomic_ref<std::uint64_t>{slots[at]}.fetch_or(0, std::memory_order_relaxed);
}

}  // namespace

Attached WriterLane::attach(tidemark_lane& shared, const JournalGeometry& geometry,
                            std::uint32_t index, int fd) noexcept {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (!tidemark_position_of(load_shared(shared.head_word), &head) ||
      !tidemark_position_of(load_shared(shared.tail_word, std::memory_order_acquire), &tail) ||
      tail > head || head - tail > geometry.slots_per_lane)
    return Attached::broken;
  void* const mapped = ::mmap(nullptr, geometry.lane_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED,
                              fd, static_cast<off_t>(geometry.lane_offset(index)));
  if (mapped == MAP_FAILED) return Attached::no_memory;
  slots_ = static_cast<std::uint64_t*>(mapped);
  touch_pages(slots_, geometry.lane_bytes());
  shared_ = &shared;
  head_ = head;
  tail_seen_ = tail;
  slot_count_ = geometry.slots_per_lane;
  records_ = load_shared(shared.records_total);
  salt_ = geometry.salt;
  return Attached::done;
}

void WriterLane::detach(const JournalGeometry& geometry) noexcept {
  if (slots_ != nullptr) ::munmap(slots_, geometry.lane_bytes());
  slots_ = nullptr;
}

// Acquire: our stores into the freed slots stay behind the monitor's copying of them. A value that
// makes no sense is no news; believing it could overwrite what was not read.
bool WriterLane::look_at_tail() noexcept {
  std::uint64_t tail = 0;
  if (!tidemark_position_of(load_shared(shared_->tail_word, std::memory_order_acquire), &tail))
    return false;
  if (tail < tail_seen_ || tail > head_) return false;
  tail_seen_ = tail;
  return true;
}

}  // namespace tidemark
