#include "sensing/mac_text/ps_table.h"

#include <limits>
#include <optional>

#include "core/utf8.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostNameBytes = 64;

std::optional<std::int32_t> parse_pid(std::string_view word) {
  const auto number = parse_count(word);
  if (!number || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

std::string_view last_part(std::string_view path) {
  while (!path.empty() && is_blank(path.front())) path.remove_prefix(1);
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::optional<PsRow> parse_row(std::string_view line) {
  const auto pid = parse_pid(take_word(line));
  const auto parent = parse_pid(take_word(line));
  const auto rss = parse_count(take_word(line));
  const auto bytes = rss ? bytes_of(*rss, kBytesPerKib) : std::nullopt;
  if (!pid || !parent || !bytes) return std::nullopt;
  return PsRow{.pid = *pid,
               .parent = *parent,
               .rss = *bytes,
               .name = to_valid_utf8(last_part(line), kMostNameBytes)};
}

}  // namespace

std::vector<PsRow> parse_ps(std::string_view text) {
  std::vector<PsRow> rows;
  while (!text.empty())
    if (auto row = parse_row(take_line(text))) rows.push_back(std::move(*row));
  return rows;
}

}  // namespace tidemark
