#include "sensing/linux/parsers/smaps_rollup.h"

#include "sensing/text/scan.h"

namespace tidemark {

std::optional<SmapsRollup> parse_smaps_rollup(std::string_view text) {
  std::optional<Bytes> rss, pss, private_clean, private_dirty, anonymous;
  while (!text.empty()) {
    const auto [key, value] = split_keyed_line(take_line(text));
    if (key == "Rss") rss = parse_kib(value);
    if (key == "Pss") pss = parse_kib(value);
    if (key == "Anonymous") anonymous = parse_kib(value);
    if (key == "Private_Clean") private_clean = parse_kib(value);
    if (key == "Private_Dirty") private_dirty = parse_kib(value);
  }
  if (!rss || !pss || !private_clean || !private_dirty) return std::nullopt;
  return SmapsRollup{
      .rss = *rss, .pss = *pss, .uss = *private_clean + *private_dirty, .anon = anonymous};
}

}  // namespace tidemark
