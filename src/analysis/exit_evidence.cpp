#include "analysis/exit_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/format_text.h"

namespace tidemark {
namespace {

// A shell reports a child that died of signal N as exit code 128 + N (POSIX, 2.8.2).
constexpr std::int32_t kShellSignalBase = 128;

std::string_view last_word_of(const KernelKill& kill) {
  return kill.by_cgroup ? "because a cgroup was at its limit"
                        : "because the machine was out of memory";
}

void add_counter_doubts(const ExitFacts& facts, Sentences& said) {
  if (facts.cgroup_oom_kills && *facts.cgroup_oom_kills == 0)
    said.emplace_back(
        "The OOM kill counter of its own cgroup did not move: the kernel's OOM killer did not send "
        "it");
  if (!facts.cgroup_oom_kills && !facts.kernel_log_readable)
    said.emplace_back(
        "Whether the kernel's OOM killer sent it cannot be told: its cgroup has no OOM kill "
        "counter "
        "and the kernel log could not be read");
  if (facts.host_oom_kills.value_or(0) == 0) return;
  if (facts.cgroup_oom_kills || facts.kernel_log_readable) {
    said.emplace_back(
        "The machine's OOM killer killed some process during this run; nothing says that it was "
        "one of "
        "this run's");
  } else {
    said.emplace_back(
        "The machine's OOM killer killed some process during this run; whether it was this one is "
        "not "
        "recorded");
  }
}

enum class Same { no, perhaps, yes };

/// Whether the kernel log's name of a cgroup is the trainer's: from within a cgroup namespace only
/// the end of its path is seen.
Same same_cgroup(const std::string& in_log, const ExitFacts& facts) {
  if (in_log.empty() || facts.cgroup.empty()) return Same::perhaps;
  if (in_log == facts.cgroup) return Same::yes;
  if (facts.log_names.cgroups_are_ours) return Same::no;
  if (facts.cgroup == "/") return Same::perhaps;
  return in_log.ends_with(facts.cgroup) ? Same::yes : Same::no;
}

std::string doubt_about(const KernelKill& kill, const ExitFacts& facts) {
  if (facts.log_names.pids_are_ours) return {};
  return fmt::format("; its pid there is of another pid namespace, it was recognised by its name{}",
                     same_cgroup(kill.task_cgroup, facts) == Same::yes ? " and its cgroup" : "");
}

void add_sign(std::string& said, std::string_view what, std::optional<double> seconds) {
  if (!seconds) return;
  said += fmt::format("{}{} {}", said.empty() ? "" : ", ", what, format_duration(*seconds));
}

}  // namespace

std::optional<std::int32_t> fatal_signal(const ExitFacts& facts) {
  if (!facts.outcome) return std::nullopt;
  if (facts.outcome->signal) return facts.outcome->signal;
  const auto code = facts.outcome->code.value_or(0);
  for (const auto signal : {SIGINT, SIGKILL, SIGTERM, SIGABRT, SIGBUS, SIGSEGV})
    if (code == kShellSignalBase + signal) return signal;
  return std::nullopt;
}

bool exited_with_zero(const ExitFacts& facts) {
  return facts.outcome && facts.outcome->code == 0;
}

bool stop_was_asked(const ExitFacts& facts) {
  return std::ranges::any_of(facts.signals_handed_on, [](std::int32_t signal) {
    return signal == SIGINT || signal == SIGTERM;
  });
}

Match match_of(const KernelKill& kill, const ExitFacts& facts) {
  const bool pids = facts.log_names.pids_are_ours;
  bool by_pid = pids && facts.main_pid > 0 && kill.pid == facts.main_pid;
  bool by_name = false;
  for (const auto& member : facts.members) {
    if (pids && member.pid == kill.pid && member.name == kill.name) return Match::both;
    by_pid = by_pid || (pids && member.pid == kill.pid);
    by_name = by_name || (!kill.name.empty() && member.name == kill.name);
  }
  if (!pids && by_name && same_cgroup(kill.task_cgroup, facts) == Same::yes) return Match::both;
  if (by_pid) return by_name ? Match::both : Match::pid_only;
  return by_name ? Match::name_only : Match::none;
}

const KernelKill* find_member_kill(const ExitFacts& facts, Match at_least) {
  const KernelKill* best = nullptr;
  Match best_match = Match::none;
  for (const auto& kill : facts.kernel_kills) {
    const Match match = match_of(kill, facts);
    if (match < at_least || (best != nullptr && match <= best_match)) continue;
    best = &kill;
    best_match = match;
  }
  return best;
}

bool others_explain_the_counter(const ExitFacts& facts) {
  if (!facts.kernel_log_readable) return false;
  std::uint64_t others = 0;
  // Where pids are ours, a victim of the same name is still not the main process; it may be a
  // worker that lived too shortly to be seen.
  const bool main_only = facts.log_names.pids_are_ours && fatal_signal(facts) == SIGKILL;
  const auto strange = main_only ? Match::name_only : Match::none;
  for (const auto& kill : facts.kernel_kills) {
    if (same_cgroup(kill.task_cgroup, facts) == Same::no) continue;  // it counted elsewhere
    if (match_of(kill, facts) > strange) return false;
    ++others;
  }
  return others >= facts.cgroup_oom_kills.value_or(0);
}

const PoolUse* fullest_of(const ExitFacts& facts, std::initializer_list<PoolKind> kinds) {
  const PoolUse* fullest = nullptr;
  for (const auto& pool : facts.last_pools) {
    if (std::ranges::find(kinds, pool.kind) == kinds.end()) continue;
    if (fullest == nullptr || pool.fraction() > fullest->fraction()) fullest = &pool;
  }
  return fullest;
}

std::string outcome_sentence(const ExitFacts& facts) {
  if (!facts.outcome) {
    return facts.outcome_unknown_because.empty()
               ? "Its exit status is not known"
               : "Its exit status is not known: " + facts.outcome_unknown_because;
  }
  const auto source = facts.outcome->source.empty() ? "" : " (" + facts.outcome->source + ")";
  if (facts.outcome->signal)
    return fmt::format("The trainer was ended by {}{}", signal_name(*facts.outcome->signal),
                       source);
  if (!facts.outcome->code) return "Its exit status is not known";
  const auto code = *facts.outcome->code;
  const auto signal = fatal_signal(facts);
  if (!signal) return fmt::format("The trainer exited with code {}{}", code, source);
  return fmt::format(
      "The trainer exited with code {}{}, which is how a shell reports a child ended by {}", code,
      source, signal_name(*signal));
}

bool client_says(const ExitFacts& facts, ClientState state) {
  return facts.client_word && facts.client_word->state == state;
}

std::string client_sentence(const ClientWord& word) {
  const auto said = fmt::format("ai-toolkit's table says `{}`{}{}", word.status,
                                word.info.empty() ? "" : ": ", word.info);
  if (word.state != ClientState::running) return said;
  return said +
         "; its process is gone and nobody told the table, so its queue waits: `Mark as Stopped` "
         "in "
         "the job's menu frees it";
}

std::string exception_sentence(const SeenError& error) {
  if (error.type.empty()) return "Its output ended with: " + error.message;
  if (error.message.empty()) return "Its output ended with " + error.type;
  return "Its output ended with " + error.type + ": " + error.message;
}

std::string kernel_kill_sentence(const KernelKill& kill, const ExitFacts& facts) {
  const bool main = facts.log_names.pids_are_ours && kill.pid == facts.main_pid;
  const auto who = main ? "the trainer itself" : "a process of this run";
  const auto where = kill.limiting_cgroup.empty() ? "" : fmt::format(" ({})", kill.limiting_cgroup);
  return fmt::format("The kernel log names {}: process {} ({}) was killed {}{}{}", who, kill.pid,
                     kill.name, last_word_of(kill), where, doubt_about(kill, facts));
}

std::string last_signs_sentence(const LastSigns& signs) {
  std::string said;
  add_sign(said, "sample", signs.sample);
  add_sign(said, signs.step_number ? fmt::format("step {}", *signs.step_number) : "step",
           signs.step);
  add_sign(said, "output", signs.output);
  add_sign(said, "its own record", signs.own_record);
  return said.empty() ? said : "Last signs of life before the end was seen: " + said;
}

void add_sigkill_doubts(const ExitFacts& facts, Sentences& said) {
  said.emplace_back(
      "SIGKILL alone is no proof that memory ran out: anybody with the right may send it");
  add_counter_doubts(facts, said);
  if (facts.kernel_log_readable && find_member_kill(facts, Match::name_only) == nullptr)
    said.emplace_back("The kernel log names no process of this run");
  if (const auto* pool = fullest_of(facts, {PoolKind::host, PoolKind::cgroup}); pool != nullptr)
    said.push_back(fmt::format("The last sample showed {} at {} ({} of {})", pool->name,
                               format_percent(pool->fraction()), format_bytes(pool->used),
                               format_bytes(pool->limit)));
}

}  // namespace tidemark
