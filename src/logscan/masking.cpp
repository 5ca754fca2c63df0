#include "logscan/masking.h"

#include "core/secrets.h"
#include "core/utf8.h"

namespace tidemark {
namespace {

/// "https://name@host/" -> "https://[redacted]@host/".
std::string without_url_users(std::string text) {
  constexpr std::string_view kScheme = "://";
  for (auto at = text.find(kScheme); at != std::string::npos; at = text.find(kScheme, at + 1)) {
    const std::size_t begin = at + kScheme.size();
    const std::size_t end = text.find_first_of("/?# \t\"'<>\n", begin);
    const std::size_t sign =
        text.substr(begin, end == std::string::npos ? end : end - begin).rfind('@');
    if (sign == std::string::npos) continue;
    text.replace(begin, sign, kRedacted);
  }
  return text;
}

}  // namespace

std::string fit_text(std::string_view text, std::size_t max_bytes) {
  return to_valid_utf8(without_url_users(mask_secrets(text.substr(0, 4 * max_bytes))), max_bytes);
}

}  // namespace tidemark
