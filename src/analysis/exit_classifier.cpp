#include "analysis/exit_classifier.h"

#include <fmt/format.h>

#include <array>

#include "analysis/exit_evidence.h"
#include "analysis/format_text.h"
#include "analysis/oom_limit.h"

namespace tidemark {
namespace {

// A host-wide kill explains a SIGKILL only where the last sample was this full; it is weak even
// then.
constexpr double kNearlyFull = 0.80;
// /dev/shm is allocated page by page: a write that found no page dies of SIGBUS.
constexpr double kShmFull = 0.90;

// The evidence for a kind, strongest first; empty: it does not hold.
using Rule = Sentences (*)(const ExitFacts&);

// Nobody could reap it, and it said itself that all was done: ai-toolkit's trainer writes
// `completed` into its job's row as its last act.
bool only_says_completed(const ExitFacts& facts) {
  if (facts.outcome) return false;
  return facts.said_completed == true || client_says(facts, ClientState::completed);
}

/// A stop that came when all was done is none.
bool client_says_stopped(const ExitFacts& facts) {
  if (!client_says(facts, ClientState::stopped) && !client_says(facts, ClientState::requeued))
    return false;
  return !(exited_with_zero(facts) && facts.reached_last_step == true);
}

// The leaf's counter says that a member of the trainer's cgroup was killed, not which: a cgroup may
// hold processes that are not of this run.
bool leaf_kill_was_ours(const ExitFacts& facts) {
  if (facts.cgroup_oom_kills.value_or(0) == 0) return false;
  if (others_explain_the_counter(facts)) return false;
  if (fatal_signal(facts) == SIGKILL || facts.workers_lost > 0) return true;
  return !exited_with_zero(facts) || facts.members.size() > 1;
}

void add_limit_sentence(const ExitFacts& facts, Sentences& said) {
  if (auto verdict = judge_limit(facts.oom_levels); !verdict.said.empty())
    return said.push_back(std::move(verdict.said));
  const auto hits = facts.cgroup_limit_hits.value_or(0);
  if (hits > 0)
    said.push_back(
        fmt::format("The limit of its cgroup was reached {} time{}", hits, hits == 1 ? "" : "s"));
}

void add_leaf_sentences(const ExitFacts& facts, bool victim_is_named, Sentences& said) {
  const auto kills = facts.cgroup_oom_kills.value_or(0);
  said.push_back(fmt::format(
      "The kernel's OOM killer killed {} process{} of the trainer's cgroup during the run "
      "(oom_kill counter)",
      kills, kills == 1 ? "" : "es"));
  add_limit_sentence(facts, said);
  if (fatal_signal(facts) == SIGKILL || victim_is_named) return;
  if (facts.workers_lost > 0)
    said.push_back(fmt::format("{} of its workers died of a signal", facts.workers_lost));
  else if (exited_with_zero(facts))
    said.emplace_back(
        "Which process was killed is not recorded: the trainer itself ended with code 0, so it was "
        "one "
        "of its workers or children, or another member of the cgroup");
  else
    said.emplace_back(
        "Which process was killed is not recorded; the trainer itself was not ended by SIGKILL");
}

Sentences host_kill(const ExitFacts& facts) {
  const bool weak_evidence_only = !facts.cgroup_oom_kills && !facts.kernel_log_readable;
  if (!weak_evidence_only || facts.host_oom_kills.value_or(0) == 0) return {};
  if (fatal_signal(facts) != SIGKILL || stop_was_asked(facts)) return {};
  if (facts.host_oom_kills_at_end) {
    if (*facts.host_oom_kills_at_end == 0) return {};
    return {
        "The machine's OOM killer killed some process between the last sample and the trainer's "
        "death by SIGKILL; "
        "that it was the trainer is likely and not recorded"};
  }
  const auto* pool = fullest_of(facts, {PoolKind::host, PoolKind::cgroup});
  if (pool == nullptr || pool->fraction() < kNearlyFull) return {};
  return {
      fmt::format("The machine's OOM killer killed some process during this run; that it was this "
                  "one is likely, "
                  "as the last sample showed {} at {}, and not recorded",
                  pool->name, format_percent(pool->fraction()))};
}

/// The kernel log's word of a process of this run.
const KernelKill* named_victim(const ExitFacts& facts) {
  const bool leaf = leaf_kill_was_ours(facts);
  const auto* named = find_member_kill(facts, Match::both);
  const bool corroborated = leaf || fatal_signal(facts) == SIGKILL || facts.workers_lost > 0;
  // A pid alone may be of another pid namespace.
  if (named == nullptr && corroborated) named = find_member_kill(facts, Match::pid_only);
  // Neither a pid nor a cgroup of another namespace is known here: beside the counter a name does.
  if (named == nullptr && leaf && !facts.log_names.pids_are_ours)
    named = find_member_kill(facts, Match::name_only);
  return named;
}

/// Whoever was killed beside it, it did all that it had to.
bool did_all_its_steps(const ExitFacts& facts) {
  return exited_with_zero(facts) && facts.reached_last_step == true;
}

Sentences oom_killed(const ExitFacts& facts) {
  if (did_all_its_steps(facts)) return {};
  Sentences said;
  const bool leaf = leaf_kill_was_ours(facts);
  const auto* named = named_victim(facts);
  if (named != nullptr) said.push_back(kernel_kill_sentence(*named, facts));
  if (leaf) add_leaf_sentences(facts, named != nullptr, said);
  if (said.empty()) said = daemon_sentences(facts);
  if (said.empty()) return host_kill(facts);
  return said;
}

Sentences oom_exception(const ExitFacts& facts) {
  if (facts.exception && facts.exception->out_of_memory && !only_says_completed(facts)) {
    // A run that ended well handled it, unless it stopped short of its last step (`trainer | tee`
    // reports the code of tee).
    if (exited_with_zero(facts) && facts.reached_last_step != false) return {};
    Sentences said{exception_sentence(*facts.exception)};
    if (exited_with_zero(facts))
      said.emplace_back(
          "It exited with code 0 short of its last step: something between swallowed its failure");
    return said;
  }
  const auto* shm = fullest_of(facts, {PoolKind::shm});
  if (fatal_signal(facts) != SIGBUS || shm == nullptr || shm->fraction() < kShmFull) return {};
  return {fmt::format(
      "A bus error with /dev/shm at {} ({} of {}): a write into shared memory found no page",
      format_percent(shm->fraction()), format_bytes(shm->used), format_bytes(shm->limit))};
}

void add_handed_on_stops(const ExitFacts& facts, Sentences& said) {
  if (did_all_its_steps(facts)) return;  // it went on to its end
  for (const auto signal : facts.signals_handed_on)
    if (signal == SIGINT || signal == SIGTERM)
      said.push_back(fmt::format("The launcher handed {} on to the trainer", signal_name(signal)));
}

Sentences stopped(const ExitFacts& facts) {
  Sentences said;
  if (facts.client_stop) said.emplace_back("The client says that it stopped or requeued the job");
  if (client_says_stopped(facts)) said.push_back(client_sentence(*facts.client_word));
  add_handed_on_stops(facts, said);
  if (fatal_signal(facts) == SIGINT && said.empty())
    said.emplace_back("It was ended by SIGINT, which is what Ctrl-C sends");
  // With code 0 the program may have caught and printed it, and gone on to its end.
  if (facts.keyboard_interrupt && !exited_with_zero(facts))
    said.emplace_back("Its output ended with KeyboardInterrupt");
  if (!said.empty() && facts.exception && !facts.keyboard_interrupt && !facts.client_stop &&
      !client_says_stopped(facts))
    said.push_back(exception_sentence(*facts.exception) + " after that");
  return said;
}

Sentences by_signal(const ExitFacts& facts) {
  if (!facts.outcome || !facts.outcome->signal) return {};
  Sentences said{outcome_sentence(facts)};
  for (const auto signal : facts.signals_handed_on)
    if (signal == *facts.outcome->signal)
      said.emplace_back("The launcher had handed that signal on");
  if (*facts.outcome->signal == SIGKILL) add_sigkill_doubts(facts, said);
  if (facts.exception) said.push_back(exception_sentence(*facts.exception));
  return said;
}

Sentences error(const ExitFacts& facts) {
  const bool failed = facts.outcome && facts.outcome->code.value_or(0) != 0;
  const bool told = facts.exception || client_says(facts, ClientState::failed);
  if (!failed && (facts.outcome || !told || only_says_completed(facts))) return {};
  Sentences said;
  if (facts.exception) said.push_back(exception_sentence(*facts.exception));
  if (client_says(facts, ClientState::failed)) said.push_back(client_sentence(*facts.client_word));
  said.push_back(outcome_sentence(facts));
  if (fatal_signal(facts) == SIGKILL) add_sigkill_doubts(facts, said);
  if (!facts.exception && !facts.output_seen) said.emplace_back("Its output could not be read");
  return said;
}

Sentences completed(const ExitFacts& facts) {
  if (!exited_with_zero(facts) && !only_says_completed(facts)) return {};
  Sentences said{outcome_sentence(facts)};
  if (client_says(facts, ClientState::completed))
    said.insert(said.begin(), client_sentence(*facts.client_word));
  if (only_says_completed(facts) && facts.said_completed == true)
    said.insert(said.begin(),
                "The trainer's own last record says that it left its work in good order");
  if (facts.exception) said.push_back(exception_sentence(*facts.exception) + ", which it survived");
  if (stop_was_asked(facts))
    said.emplace_back("A stop was asked for; it went on to its last step all the same");
  if (const auto* named = named_victim(facts))
    said.push_back(kernel_kill_sentence(*named, facts) + "; the run went on to its last step");
  else if (facts.cgroup_oom_kills.value_or(0) > 0)
    said.emplace_back(
        "The OOM killer killed a process of its cgroup during the run; nothing says that it was "
        "one of this run's");
  return said;
}

Sentences unknown(const ExitFacts& facts) {
  Sentences said{outcome_sentence(facts)};
  if (facts.machine_restarted)
    said.insert(said.begin(),
                "The machine was started anew while it ran (another boot id): what ended it was "
                "the end of the machine, a crash, a reset or a power cut");
  if (!facts.output_seen) said.emplace_back("Its output could not be read");
  if (!facts.cgroup_oom_kills && facts.host_oom_kills.value_or(0) > 0)
    said.emplace_back(
        "The machine's OOM killer killed some process during this run; whether it was this one is "
        "not "
        "recorded");
  return said;
}

/// What was seen around the end and proves no kind by itself.
void add_circumstances(const ExitFacts& facts, Sentences& said) {
  if (client_says(facts, ClientState::running)) said.push_back(client_sentence(*facts.client_word));
  for (const auto& error : facts.gpu_errors)
    said.push_back("The kernel log tells of a GPU that failed during the run: " + error);
  if (auto signs = last_signs_sentence(facts.last_signs); !signs.empty())
    said.push_back(std::move(signs));
}

struct KindRule {
  ExitKind kind;
  Rule rule;
};
// The order of analysis.schema.json: the first that holds.
constexpr std::array kRules{
    KindRule{ExitKind::oom_killed, oom_killed}, KindRule{ExitKind::oom_exception, oom_exception},
    KindRule{ExitKind::stopped, stopped},       KindRule{ExitKind::signal, by_signal},
    KindRule{ExitKind::error, error},           KindRule{ExitKind::completed, completed},
    KindRule{ExitKind::unknown, unknown}};

}  // namespace

RunExit classify_exit(const ExitFacts& facts) {
  RunExit exit;
  if (facts.still_runs) {
    exit.kind = ExitKind::none;
    return exit;
  }
  if (facts.outcome) {
    exit.code = facts.outcome->code;
    exit.signal = facts.outcome->signal;
  }
  for (const auto& [kind, rule] : kRules) {
    auto said = rule(facts);
    if (said.empty()) continue;
    exit.kind = kind;
    exit.evidence = std::move(said);
    break;
  }
  const bool states_outcome = exit.kind == ExitKind::oom_killed ||
                              exit.kind == ExitKind::oom_exception ||
                              exit.kind == ExitKind::stopped;
  if (states_outcome) exit.evidence.push_back(outcome_sentence(facts));
  if (exit.kind != ExitKind::completed) add_circumstances(facts, exit.evidence);
  return exit;
}

RunExit exit_without_end(Unended state) {
  switch (state) {
    case Unended::recording:
      return {.kind = ExitKind::none};
    case Unended::unwatched:
      return {.kind = ExitKind::none,
              .evidence = {"The trainer still runs, and its monitor is gone: nothing after "
                           "the last sample is recorded"}};
    case Unended::elsewhere:
      return {.kind = ExitKind::unknown,
              .evidence = {"No end is recorded, and whether it still runs cannot be told "
                           "here: it was recorded on another machine"}};
    case Unended::lost:
      break;
  }
  return {.kind = ExitKind::unknown,
          .evidence = {"No end is recorded: trainer and monitor were gone before it could "
                       "be (power lost, machine restarted, or both killed)"}};
}

std::vector<PoolUse> pools_at_exit(const SampleRow& last) {
  auto pools = pools_of(last);
  for (auto& pool : pools)
    if (pool.kind == PoolKind::unified) pool.kind = PoolKind::host;
  return pools;
}

}  // namespace tidemark
