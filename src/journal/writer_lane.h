// The writer's side of one lane: mapped slots, and what must not be read back from shared memory.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "journal/layout.h"

namespace tidemark {

/// Loads and stores of words that another process sees.
template <class Word>
Word load_shared(Word& word, std::memory_order order = std::memory_order_relaxed) noexcept {
  return std::atomic_ref<Word>{word}.load(order);
}
template <class Word>
void store_shared(Word& word, Word value,
                  std::memory_order order = std::memory_order_relaxed) noexcept {
  std::atomic_ref<Word>{word}.store(value, order);
}

/// A count with one writer: no atomic addition is needed, and none is paid for.
inline void count_up(std::uint64_t& shared_total) noexcept {
  store_shared(shared_total, load_shared(shared_total) + 1);
}

/// A slot as the eight words that are stored.
using SlotWords = std::array<std::uint64_t, tidemark_slot_bytes / 8>;

/// Two numbers of `bits` bits each that lie behind each other in memory, as one.
constexpr std::uint64_t beside(std::uint64_t first, std::uint64_t second, int bits) {
  return std::endian::native == std::endian::little ? first | second << bits
                                                    : first << bits | second;
}

inline SlotWords words_of(const tidemark_slot& slot) noexcept {
  SlotWords words{};
  std::memcpy(words.data(), &slot, sizeof words);
  return words;
}

enum class Attached : std::uint8_t {
  done,
  no_memory,  // it could not be mapped
  broken,     // its positions make no sense
};

class WriterLane {
 public:
  bool mapped() const noexcept { return slots_ != nullptr; }
  tidemark_lane& shared() const noexcept { return *shared_; }

  /// Maps the slots of a lane that this thread has claimed and touches every page for writing, so
  /// that no record pays for a page fault.
  Attached attach(tidemark_lane& shared, const JournalGeometry& geometry, std::uint32_t index,
                  int fd) noexcept;
  void detach(const JournalGeometry& geometry) noexcept;
  /// In a forked child: the mapping stays (the parent's lane is behind it), the lane is not ours.
  void forget() noexcept { slots_ = nullptr; }

  /// Whether `count` more slots fit. Looks at the shared tail only when the last look is used up.
  bool has_room(std::uint32_t count) noexcept {
    return head_ + count - tail_seen_ <= slot_count_ || (look_at_tail() && has_room_now(count));
  }

  /// Stores a slot `ahead` slots past the published ones; nobody sees it before `publish`. Its
  /// first word, sequence and checksum, is made here.
  [[gnu::always_inline]] void put(std::uint32_t ahead, SlotWords words) noexcept {
    const std::uint64_t position = head_ + ahead;
    const auto sequence = static_cast<std::uint32_t>(position);
    words[0] = beside(sequence, 0, 32);
    words[0] = beside(sequence, tidemark_words_checksum(words.data(), position, salt_), 32);
    // Relaxed atomic words and not memcpy: a monitor may be copying the lane's other slots.
    std::uint64_t* const target = slots_ + (position & (slot_count_ - 1)) * words.size();
    store_all(target, words, std::make_index_sequence<std::tuple_size_v<SlotWords>>{});
  }

  /// Makes `count` stored slots the monitor's, as one record.
  void publish(std::uint32_t count) noexcept {
    head_ += count;
    store_shared(shared_->records_total, ++records_);
    store_shared(shared_->head_word, tidemark_position_word(head_), std::memory_order_release);
  }

 private:
  bool has_room_now(std::uint32_t count) const noexcept {
    return head_ + count - tail_seen_ <= slot_count_;
  }
  bool look_at_tail() noexcept;
  // No loop: without one the words stay in registers from where they are made.
  template <std::size_t... index>
  [[gnu::always_inline]] static void store_all(std::uint64_t* target, const SlotWords& words,
                                               std::index_sequence<index...>) noexcept {
    (store_shared(target[index], words[index]), ...);
  }

  std::uint64_t* slots_ = nullptr;  // mapped; null: no lane
  tidemark_lane* shared_ = nullptr;
  std::uint64_t head_ = 0;       // ours alone; the shared word is only told
  std::uint64_t tail_seen_ = 0;  // the last plausible value of the shared tail
  std::uint64_t slot_count_ = 0;
  std::uint64_t records_ = 0;
  std::uint32_t salt_ = 0;
};

}  // namespace tidemark
