#include "sensing/linux/parsers/vmstat.h"

#include <array>
#include <utility>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::array<std::pair<std::string_view, std::optional<std::uint64_t> HostCounters::*>, 4>
    kFields{{
        {"pswpin", &HostCounters::swap_in_pages_total},
        {"pswpout", &HostCounters::swap_out_pages_total},
        {"pgmajfault", &HostCounters::major_faults_total},
        {"oom_kill", &HostCounters::oom_kill_total},
    }};

}  // namespace

void parse_vmstat(std::string_view text, HostCounters& counters) {
  std::size_t found = 0;
  while (!text.empty() && found < kFields.size()) {
    auto line = take_line(text);
    if (line.empty() || (line.front() != 'p' && line.front() != 'o')) continue;
    const auto key = take_word(line);
    for (const auto& [name, field] : kFields) {
      if (name != key) continue;
      counters.*field = parse_count(take_word(line));
      ++found;
    }
  }
}

}  // namespace tidemark
