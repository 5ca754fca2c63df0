// Kills by programs that watch memory themselves: the kernel's counters do not move for them.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/exit_evidence.h"

namespace tidemark {
namespace {

bool died_of(std::int32_t signal, const ExitFacts& facts) {
  return fatal_signal(facts) == signal;
}

/// Whether `cgroup` is the trainer's or one above it.
bool holds_trainer(const std::string& cgroup, const ExitFacts& facts) {
  if (cgroup.empty() || facts.cgroup.empty() || !facts.log_names.cgroups_are_ours) return false;
  return facts.cgroup == cgroup || facts.cgroup.starts_with(cgroup + "/");
}

/// earlyoom sends SIGTERM first; a trainer may catch that and exit with a code.
bool main_fits(const OomDaemonKill& kill, const ExitFacts& facts) {
  if (!facts.log_names.pids_are_ours || kill.pid == 0 || kill.pid != facts.main_pid) return false;
  return died_of(kill.signal, facts) || !exited_with_zero(facts);
}

bool worker_fits(const OomDaemonKill& kill, const ExitFacts& facts) {
  if (!facts.log_names.pids_are_ours || kill.pid == facts.main_pid) return false;
  return std::ranges::any_of(facts.members, [&kill](const RunMember& member) {
    return member.pid == kill.pid && (kill.name.empty() || member.name == kill.name);
  });
}

std::string kill_sentence(const OomDaemonKill& kill, const ExitFacts& facts) {
  if (kill.pid == 0)
    return fmt::format(
        "{} says in the system's log that it killed the cgroup {}, which holds the "
        "trainer",
        kill.daemon, kill.cgroup);
  return fmt::format("{} says in the system's log that it sent {} to {} (process {})", kill.daemon,
                     signal_name(kill.signal),
                     kill.pid == facts.main_pid ? "the trainer" : "a process of this run",
                     kill.pid);
}

}  // namespace

Sentences daemon_sentences(const ExitFacts& facts) {
  Sentences said;
  const bool lost_one = died_of(SIGKILL, facts) || facts.workers_lost > 0 ||
                        (facts.outcome && !exited_with_zero(facts));
  for (const auto& level : facts.oom_levels.levels)
    if (lost_one && level.daemon_kills.value_or(0) > 0)
      said.push_back(
          fmt::format("systemd-oomd killed {} of the processes in {} during the run (its "
                      "mark on that cgroup)",
                      *level.daemon_kills, level.cgroup));
  for (const auto& kill : facts.daemon_kills)
    if (main_fits(kill, facts) || worker_fits(kill, facts) ||
        (died_of(SIGKILL, facts) && holds_trainer(kill.cgroup, facts)))
      said.push_back(kill_sentence(kill, facts));
  return said;
}

}  // namespace tidemark
