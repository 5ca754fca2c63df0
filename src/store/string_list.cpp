#include "store/string_list.h"

#include <charconv>
#include <cstdint>

namespace tidemark {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

void append_escaped(std::string& json, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\')
    json += {'\\', c};
  else if (byte < 0x20)
    json += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
  else
    json += c;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    text += static_cast<char>(0x80U | (code >> shift & 0x3fU));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0U | code >> 6U);
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0U | code >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0U | code >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  /// Skips white space, then takes `c` if it is next.
  bool take(char c) {
    left_.remove_prefix(std::min(left_.find_first_not_of(kSpace), left_.size()));
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }

  bool at_end() { return left_.find_first_not_of(kSpace) == std::string_view::npos; }

  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!left_.empty()) {
      const char c = left_.front();
      left_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\')
        text += c;
      else if (!escape(text))
        return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  bool escape(std::string& text) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (left_.empty()) return false;
    const char c = left_.front();
    left_.remove_prefix(1);
    if (c == 'u') return unicode(text);
    const auto at = kNames.find(c);
    if (at == std::string_view::npos) return false;
    text += kMeanings[at];
    return true;
  }

  bool unicode(std::string& text) {
    auto code = hex4();
    if (!code) return false;
    if (*code >= 0xd800 && *code < 0xdc00) {  // the first half of a pair
      if (!left_.starts_with("\\u")) return false;
      left_.remove_prefix(2);
      const auto low = hex4();
      if (!low || *low < 0xdc00 || *low > 0xdfff) return false;
      code = 0x10000 + ((*code - 0xd800) << 10U) + (*low - 0xdc00);
    }
    append_utf8(text, *code);
    return true;
  }

  std::optional<std::uint32_t> hex4() {
    if (left_.size() < 4) return std::nullopt;
    std::uint32_t code = 0;
    const char* const end = left_.data() + 4;
    const auto parsed = std::from_chars(left_.data(), end, code, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    left_.remove_prefix(4);
    return code;
  }

  std::string_view left_;
};

}  // namespace

std::string string_list_json(const std::vector<std::string>& list) {
  std::string json = "[";
  for (const auto& text : list) {
    if (json.size() > 1) json += ',';
    json += '"';
    for (const char c : text) append_escaped(json, c);
    json += '"';
  }
  return json + "]";
}

std::optional<std::vector<std::string>> parse_string_list(std::string_view json) {
  Scanner scanner{json};
  if (!scanner.take('[')) return std::nullopt;
  std::vector<std::string> list;
  if (scanner.take(']')) return scanner.at_end() ? std::optional{list} : std::nullopt;
  do {
    auto text = scanner.string();
    if (!text) return std::nullopt;
    list.push_back(std::move(*text));
  } while (scanner.take(','));
  if (!scanner.take(']') || !scanner.at_end()) return std::nullopt;
  return list;
}

}  // namespace tidemark
