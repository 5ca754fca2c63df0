// Many words, one pass over a text.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark {

/// Aho and Corasick's automaton over the first bytes of each word, with the rest compared in place:
/// the tables stay small enough for the cache. Words are matched as they are written, and may
/// overlap.
class LiteralSet {
 public:
  explicit LiteralSet(std::span<const std::string_view> words);

  /// `on_word(index, begin)` for every occurrence, in the order of their ends' keys; stops when it
  /// answers false.
  template <class OnWord>
  void for_each(std::string_view text, OnWord&& on_word) const {
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      state = next_[(state << kClassBits) | class_of_[static_cast<unsigned char>(text[i])]];
      if (state < first_ending_) continue;
      if (!report(text, i, state, on_word)) return;
    }
  }

 private:
  static constexpr std::size_t kKeyBytes = 8;
  static constexpr std::uint32_t kClassBits = 6;
  static constexpr std::uint32_t kClasses = 1U << kClassBits;

  struct Key {
    std::uint32_t word = 0;
    std::uint8_t length = 0;
  };

  struct Trie;
  void renumber(const Trie& trie);

  template <class OnWord>
  bool report(std::string_view text, std::size_t at, std::uint32_t state, OnWord&& on_word) const {
    const std::uint32_t slot = state - first_ending_;
    for (std::uint32_t k = key_begin_[slot]; k < key_begin_[slot + 1]; ++k) {
      const std::size_t begin = at + 1 - keys_[k].length;
      if (text.substr(begin).starts_with(words_[keys_[k].word]) && !on_word(keys_[k].word, begin))
        return false;
    }
    return true;
  }

  std::vector<std::string_view> words_{};  // of the caller, who keeps them
  std::array<std::uint8_t, 256> class_of_{};
  std::vector<std::uint16_t> next_{};
  std::uint32_t first_ending_ = 0;  // states from here on end a key
  std::vector<std::uint32_t> key_begin_{};
  std::vector<Key> keys_{};
};

}  // namespace tidemark
