// Many words, one pass over a text.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark {

/// Words by their first three bytes. Each place of a text is asked whether any word begins like
/// this: one load, one multiplication and one bit, none of which waits for the place before, as an
/// automaton's states would. Words are matched as they are written, and may overlap.
class LiteralSet {
 public:
  /// A word has two bytes at least; the caller keeps them.
  explicit LiteralSet(std::span<const std::string_view> words);

  /// `on_word(index, begin)` for every occurrence, in the order of their beginnings; stops when it
  /// answers false.
  template <class OnWord>
  void for_each(std::string_view text, OnWord&& on_word) const {
    std::size_t at = 0;
    for (; at + sizeof(std::uint32_t) <= text.size(); ++at) {
      std::uint32_t four = 0;
      std::memcpy(&four, text.data() + at, sizeof four);
      const std::uint32_t slot = slot_of(four);
      if (((maybe_[slot >> 6] >> (slot & 63)) & 1) == 0) continue;
      if (!compare(text, at, slot, on_word)) return;
    }
    for (; at < text.size(); ++at)
      if (!compare(text, at, slot_of(first_bytes(text.substr(at))), on_word)) return;
  }

 private:
  static constexpr std::uint32_t kSlotBits = 16;
  static constexpr std::uint32_t kSlots = 1U << kSlotBits;

  /// The three bytes at the front in the order of memory, so that it is a load's value either way.
  static std::uint32_t first_bytes(std::string_view text) {
    std::uint32_t four = 0;
    std::memcpy(&four, text.data(), std::min(text.size(), sizeof four));
    return four;
  }
  static std::uint32_t slot_of(std::uint32_t four) {
    constexpr std::uint32_t kThree =
        std::endian::native == std::endian::little ? 0x00FF'FFFF : 0xFFFF'FF00;
    return ((four & kThree) * 0x9E37'79B1U) >> (32 - kSlotBits);
  }

  /// The first eight bytes of a word, for one comparison.
  struct Front {
    std::uint64_t bytes = 0;
    std::uint64_t mask = 0;
    std::uint32_t word = 0;
  };
  static std::uint64_t first_eight(std::string_view text) {
    std::uint64_t eight = 0;
    if (text.size() >= sizeof eight)
      std::memcpy(&eight, text.data(), sizeof eight);
    else
      std::memcpy(&eight, text.data(), text.size());
    return eight;
  }
  bool stands(const Front& front, std::uint64_t eight, std::string_view here) const {
    return (eight & front.mask) == front.bytes && here.starts_with(words_[front.word]);
  }

  template <class OnWord>
  bool compare(std::string_view text, std::size_t at, std::uint32_t slot, OnWord&& on_word) const {
    const std::string_view here = text.substr(at);
    const std::uint64_t eight = first_eight(here);
    for (std::uint32_t k = begins_[slot]; k < begins_[slot + 1]; ++k)
      if (stands(by_slot_[k], eight, here) && !on_word(by_slot_[k].word, at)) return false;
    for (const Front& front : short_)
      if (stands(front, eight, here) && !on_word(front.word, at)) return false;
    return true;
  }

  std::vector<std::string_view> words_{};
  std::vector<std::uint64_t> maybe_{};   // a bit a slot: some word begins so
  std::vector<std::uint32_t> begins_{};  // of each slot, in by_slot_
  std::vector<Front> by_slot_{};         // words of three bytes and more
  std::vector<Front> short_{};           // words of two: any third byte may follow
};

}  // namespace tidemark
