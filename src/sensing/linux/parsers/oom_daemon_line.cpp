#include "sensing/linux/parsers/oom_daemon_line.h"

#include <csignal>
#include <limits>

#include "core/utf8.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostNameBytes = 64;
constexpr std::size_t kMostCgroupBytes = 4096;

/// What `program` said: the text after "program[PID]: " or "program: ". Absent: another spoke.
std::optional<std::string_view> words_of(std::string_view program, std::string_view line) {
  const auto at = line.find(program);
  if (at == std::string_view::npos || (at > 0 && !is_blank(line[at - 1]))) return std::nullopt;
  auto rest = line.substr(at + program.size());
  if (rest.starts_with('[')) rest.remove_prefix(std::min(rest.size(), rest.find(']') + 1));
  constexpr std::string_view kColon = ": ";
  if (!rest.starts_with(kColon)) return std::nullopt;
  return rest.substr(kColon.size());
}

// "sending SIGTERM to process 4711 uid 1000 "python3": badness 805, VmRSS 23000 MiB" (1.6, 1.7);
// later releases have more after the name. The name is the victim's own choice.
std::optional<OomDaemonKill> parse_earlyoom(std::string_view words) {
  OomDaemonKill kill{.daemon = "earlyoom"};
  for (const auto& [text, signal] :
       {std::pair{std::string_view{"sending SIGTERM to process "}, SIGTERM},
        std::pair{std::string_view{"sending SIGKILL to process "}, SIGKILL}}) {
    if (!words.starts_with(text)) continue;
    kill.signal = signal;
    words.remove_prefix(text.size());
    auto rest = words;
    const auto pid = parse_count(take_word(rest));
    if (!pid || *pid == 0 || *pid > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
    kill.pid = static_cast<std::int32_t>(*pid);
    const auto open = rest.find('"');
    const auto close = rest.find("\": ");
    if (open != std::string_view::npos && close != std::string_view::npos && close > open)
      kill.name = to_valid_utf8(rest.substr(open + 1, close - open - 1), kMostNameBytes);
    return kill;
  }
  return std::nullopt;
}

// "Killed /user.slice/x.scope due to memory pressure for /user.slice being 62.00% > ..."
std::optional<OomDaemonKill> parse_systemd_oomd(std::string_view words) {
  constexpr std::string_view kKilled = "Killed ";
  const auto end = words.find(" due to ");
  if (!words.starts_with(kKilled) || end == std::string_view::npos) return std::nullopt;
  const auto cgroup = words.substr(kKilled.size(), end - kKilled.size());
  if (!cgroup.starts_with('/')) return std::nullopt;
  return OomDaemonKill{.daemon = "systemd-oomd",
                       .cgroup = to_valid_utf8(cgroup, kMostCgroupBytes),
                       .signal = SIGKILL};
}

}  // namespace

std::optional<OomDaemonKill> parse_oom_daemon_line(std::string_view line) {
  if (const auto words = words_of("earlyoom", line)) return parse_earlyoom(*words);
  if (const auto words = words_of("systemd-oomd", line)) return parse_systemd_oomd(*words);
  return std::nullopt;
}

}  // namespace tidemark
