#include "core/utf8.h"

#include <array>

namespace tidemark {
namespace {

struct LeadByte {
  unsigned char first, last;                // range of the first byte
  std::size_t length;                       // of the sequence
  unsigned char second_first, second_last;  // range of the second byte
};

// Table 3-7 of the Unicode Standard, "Well-Formed UTF-8 Byte Sequences".
constexpr std::array kLeadBytes{
    LeadByte{0xC2, 0xDF, 2, 0x80, 0xBF}, LeadByte{0xE0, 0xE0, 3, 0xA0, 0xBF},
    LeadByte{0xE1, 0xEC, 3, 0x80, 0xBF}, LeadByte{0xED, 0xED, 3, 0x80, 0x9F},
    LeadByte{0xEE, 0xEF, 3, 0x80, 0xBF}, LeadByte{0xF0, 0xF0, 4, 0x90, 0xBF},
    LeadByte{0xF1, 0xF3, 4, 0x80, 0xBF}, LeadByte{0xF4, 0xF4, 4, 0x80, 0x8F},
};

bool within(unsigned char byte, unsigned char first, unsigned char last) {
  return byte >= first && byte <= last;
}

/// Length of the valid sequence at the front of `bytes`; 0 where there is none.
std::size_t sequence_length(std::string_view bytes) {
  const auto at = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (at(0) < 0x80) return 1;
  for (const auto& lead : kLeadBytes) {
    if (!within(at(0), lead.first, lead.last)) continue;
    if (bytes.size() < lead.length || !within(at(1), lead.second_first, lead.second_last)) return 0;
    for (std::size_t i = 2; i < lead.length; ++i)
      if (!within(at(i), 0x80, 0xBF)) return 0;
    return lead.length;
  }
  return 0;
}

std::string_view character_at(std::string_view bytes, std::size_t length) {
  if (length == 0) return "\xEF\xBF\xBD";
  const auto first = static_cast<unsigned char>(bytes[0]);
  const bool control = (first < 0x20 && first != '\t' && first != '\n') || first == 0x7F;
  return control ? std::string_view{" "} : bytes.substr(0, length);
}

}  // namespace

std::string to_valid_utf8(std::string_view bytes, std::size_t max_bytes) {
  constexpr std::string_view kEllipsis = "...";
  std::string text;
  std::size_t cut = 0;  // where the ellipsis goes should the text turn out too long
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    const std::string_view character = character_at(bytes, length);
    if (text.size() + character.size() > max_bytes) {
      text.resize(cut);
      if (max_bytes >= kEllipsis.size()) text += kEllipsis;
      return text;
    }
    text += character;
    if (text.size() + kEllipsis.size() <= max_bytes) cut = text.size();
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

}  // namespace tidemark
