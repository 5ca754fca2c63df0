#include "logscan/utf16_decoder.h"

namespace tidemark {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::uint32_t kByteOrderMark = 0xFEFF;

bool is_high(std::uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low(std::uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

void append(std::string& utf8, std::uint32_t point) {
  const auto rest = [point](int shift) {
    return static_cast<char>(0x80 | ((point >> shift) & 0x3F));
  };
  if (point < 0x80) {
    utf8 += static_cast<char>(point);
  } else if (point < 0x800) {
    utf8 += {static_cast<char>(0xC0 | (point >> 6)), rest(0)};
  } else if (point < 0x10000) {
    utf8 += {static_cast<char>(0xE0 | (point >> 12)), rest(6), rest(0)};
  } else {
    utf8 += {static_cast<char>(0xF0 | (point >> 18)), rest(12), rest(6), rest(0)};
  }
}

}  // namespace

std::optional<Utf16Decoder> Utf16Decoder::for_mark(std::string_view beginning) {
  if (beginning.starts_with("\xFF\xFE")) return Utf16Decoder{false};
  if (beginning.starts_with("\xFE\xFF")) return Utf16Decoder{true};
  return std::nullopt;
}

bool Utf16Decoder::take(char byte, std::string& utf8) {
  const auto second = static_cast<std::uint8_t>(byte);
  if (!first_byte_) {
    first_byte_ = second;
    return false;
  }
  const std::uint32_t first = *first_byte_;
  first_byte_.reset();
  const std::uint32_t unit =
      big_endian_ ? (first << 8) | second : (std::uint32_t{second} << 8) | first;
  take_unit(unit, utf8);
  return unit == '\n' || unit == '\r';
}

void Utf16Decoder::take_unit(std::uint32_t unit, std::string& utf8) {
  if (high_ != 0 && is_low(unit)) {
    append(utf8, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
    high_ = 0;
    return;
  }
  if (high_ != 0) append(utf8, kReplacement);
  high_ = is_high(unit) ? unit : 0;
  if (high_ != 0 || unit == kByteOrderMark) return;
  append(utf8, is_low(unit) ? kReplacement : unit);
}

}  // namespace tidemark
