#include "logscan/client_end.h"

#include <charconv>

namespace tidemark {

std::optional<ClientEnd> parse_client_end(std::string_view line) {
  constexpr std::string_view kCode = "Job process terminated with exit code ";
  constexpr std::string_view kSignal = "Job process terminated with signal ";
  while (line.ends_with(' ') || line.ends_with('.')) line.remove_suffix(1);
  if (line.starts_with(kSignal)) {
    const auto name = line.substr(kSignal.size());
    constexpr std::size_t kMostName = 16;
    if (!name.starts_with("SIG") || name.size() > kMostName) return std::nullopt;
    return ClientEnd{.signal = std::string{name}};
  }
  if (!line.starts_with(kCode)) return std::nullopt;
  const auto digits = line.substr(kCode.size());
  std::int32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return ClientEnd{.code = code};
}

}  // namespace tidemark
