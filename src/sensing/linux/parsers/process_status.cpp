#include "sensing/linux/parsers/process_status.h"

#include <array>
#include <utility>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

// In the file's own order; VmSwap is the last.
constexpr std::array<std::pair<std::string_view, std::optional<Bytes> ProcessStatus::*>, 8> kFields{
    {
        {"VmSize", &ProcessStatus::vm_size},
        {"VmHWM", &ProcessStatus::peak_rss},
        {"VmRSS", &ProcessStatus::rss},
        {"RssAnon", &ProcessStatus::rss_anon},
        {"RssFile", &ProcessStatus::rss_file},
        {"RssShmem", &ProcessStatus::rss_shmem},
        {"VmData", &ProcessStatus::vm_data},
        {"VmSwap", &ProcessStatus::swap},
    }};

}  // namespace

ProcessStatus parse_process_status(std::string_view text) {
  ProcessStatus status;
  while (!text.empty() && !status.swap) {
    const auto line = take_line(text);
    if (line.size() < 2 || (line[0] != 'V' && line[0] != 'R')) continue;
    const auto [key, value] = split_keyed_line(line);
    for (const auto& [name, field] : kFields)
      if (name == key) status.*field = parse_kib(value);
  }
  return status;
}

}  // namespace tidemark
