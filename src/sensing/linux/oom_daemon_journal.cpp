// systemd-oomd and earlyoom are services: they speak to the system's journal.
#include "os/command_output.h"
#include "sensing/linux/parsers/oom_daemon_line.h"
#include "sensing/sensing.h"
#include "sensing/text/scan.h"

namespace tidemark {

std::vector<OomDaemonKill> read_daemon_kills(const std::string& journalctl, double unix_seconds) {
  constexpr std::chrono::milliseconds kPatience{2000};
  // _SYSTEMD_UNIT is set by journald itself, not by who writes (systemd.journal-fields(7)).
  const auto text =
      read_command({journalctl, "--no-pager", "--quiet", "--output=short-unix",
                    "--since=@" + std::to_string(static_cast<std::int64_t>(unix_seconds)),
                    "_SYSTEMD_UNIT=systemd-oomd.service", "+", "_SYSTEMD_UNIT=earlyoom.service"},
                   kPatience);
  std::vector<OomDaemonKill> kills;
  if (!text) return kills;
  std::string_view rest = *text;
  while (!rest.empty())
    if (auto kill = parse_oom_daemon_line(take_line(rest))) kills.push_back(std::move(*kill));
  return kills;
}

}  // namespace tidemark
