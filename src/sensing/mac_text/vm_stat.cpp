#include "sensing/mac_text/vm_stat.h"

#include <array>
#include <utility>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

struct Fields {
  std::optional<std::uint64_t> wired{}, anonymous{}, purgeable{}, compressor{}, file_backed{},
      page_ins{}, swap_ins{}, swap_outs{};
};

constexpr std::array<std::pair<std::string_view, std::optional<std::uint64_t> Fields::*>, 8>
    kFields{{
        {"Pages wired down", &Fields::wired},
        {"Pages purgeable", &Fields::purgeable},
        {"File-backed pages", &Fields::file_backed},
        {"Anonymous pages", &Fields::anonymous},
        {"Pages occupied by compressor", &Fields::compressor},
        {"Pageins", &Fields::page_ins},
        {"Swapins", &Fields::swap_ins},
        {"Swapouts", &Fields::swap_outs},
    }};

/// "Mach Virtual Memory Statistics: (page size of 16384 bytes)".
std::optional<Bytes> parse_page_size(std::string_view first_line) {
  constexpr std::string_view kBefore = "page size of ";
  const auto at = first_line.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  auto rest = first_line.substr(at + kBefore.size());
  const auto count = parse_count(take_word(rest));
  constexpr std::uint64_t kMostPage = 1U << 24;
  if (!count || *count == 0 || *count > kMostPage) return std::nullopt;
  return Bytes{static_cast<std::int64_t>(*count)};
}

/// "   111522.": every count ends in a full stop.
std::optional<std::uint64_t> parse_pages(std::string_view value) {
  auto word = take_word(value);
  if (word.ends_with('.')) word.remove_suffix(1);
  return parse_count(word);
}

}  // namespace

Result<VmStat> parse_vm_stat(std::string_view text) {
  const auto page = parse_page_size(take_line(text));
  Fields fields;
  while (!text.empty()) {
    const auto [key, value] = split_keyed_line(take_line(text));
    for (const auto& [name, field] : kFields)
      if (name == key) fields.*field = parse_pages(value);
  }
  if (!page || !fields.wired || !fields.anonymous || !fields.purgeable || !fields.compressor)
    return fail(Errc::malformed, "vm_stat: no page size or no counts of pages");
  return VmStat{.page = *page,
                .wired = *fields.wired,
                .anonymous = *fields.anonymous,
                .purgeable = *fields.purgeable,
                .compressor = *fields.compressor,
                .file_backed = fields.file_backed,
                .page_ins_total = fields.page_ins,
                .swap_ins_total = fields.swap_ins,
                .swap_outs_total = fields.swap_outs};
}

}  // namespace tidemark
