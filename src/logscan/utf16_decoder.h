// UTF-16 -> UTF-8, in pieces of any size. PowerShell redirects output so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

class Utf16Decoder {
 public:
  /// By the byte order mark that a text begins with; absent: it is no UTF-16.
  static std::optional<Utf16Decoder> for_mark(std::string_view beginning);

  /// Appends what the byte completes, if anything; half a pair becomes U+FFFD. True: a line ended.
  bool take(char byte, std::string& utf8);

 private:
  explicit Utf16Decoder(bool big_endian) : big_endian_(big_endian) {}
  void take_unit(std::uint32_t unit, std::string& utf8);

  bool big_endian_ = false;
  std::optional<std::uint8_t> first_byte_{};
  std::uint32_t high_ = 0;  // the first half of a pair; 0: none waits
};

}  // namespace tidemark
