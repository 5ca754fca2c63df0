#include "sensing/linux/discovery.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::optional<std::int32_t> parse_pid(std::string_view word) {
  const auto number = parse_count(word);
  if (!number || *number == 0 || *number > std::numeric_limits<std::int32_t>::max())
    return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

}  // namespace

bool append_children(const HostRoot& host, std::int32_t pid, std::vector<std::int32_t>& children) {
  const auto tasks = "proc/" + std::to_string(pid) + "/task";
  const auto threads = host.list(tasks);
  if (!threads) return true;
  for (const auto& thread : *threads) {
    auto folder = tasks;
    folder += '/';
    folder += thread;
    const auto text = host.read(folder + "/children");
    if (!text) {
      // A thread that just ended takes its folder along; a kernel without the files does not.
      if (text.error().code == Errc::not_found && host.exists(folder)) return false;
      continue;
    }
    for (std::string_view rest = *text; !rest.empty();)
      if (const auto child = parse_pid(take_word(rest))) children.push_back(*child);
  }
  return true;
}

std::vector<std::int32_t> list_processes(const HostRoot& host) {
  std::vector<std::int32_t> pids;
  const auto names = host.list("proc");
  if (!names) return pids;
  for (const auto& name : *names)
    if (const auto pid = parse_pid(name)) pids.push_back(*pid);
  std::ranges::sort(pids);
  return pids;
}

}  // namespace tidemark
