#include "logscan/literal_set.h"

#include <algorithm>
#include <string>

#include "core/check.h"

namespace tidemark {

LiteralSet::LiteralSet(std::span<const std::string_view> words)
    : words_(words.begin(), words.end()), maybe_(kSlots / 64), begins_(kSlots + 1) {
  const auto mark = [this](std::uint32_t slot) {
    maybe_[slot >> 6] |= std::uint64_t{1} << (slot & 63);
  };
  const auto slot_of_word = [this](const Front& front) {
    return slot_of(first_bytes(words_[front.word]));
  };
  for (std::uint32_t i = 0; i < words_.size(); ++i) {
    const std::string_view word = words_[i];
    check(word.size() >= 2, "a word of one byte occurs everywhere");
    const Front front{first_eight(word.substr(0, 8)),
                      first_eight(std::string(std::min<std::size_t>(word.size(), 8), '\xFF')), i};
    if (word.size() == 2) {
      short_.push_back(front);
      for (int third = 0; third < 256; ++third)
        mark(slot_of(first_bytes(std::string{word} + static_cast<char>(third))));
      continue;
    }
    mark(slot_of_word(front));
    by_slot_.push_back(front);
    ++begins_[slot_of_word(front) + 1];
  }
  std::ranges::stable_sort(by_slot_, {}, slot_of_word);
  for (std::uint32_t slot = 0; slot < kSlots; ++slot) begins_[slot + 1] += begins_[slot];
}

}  // namespace tidemark
