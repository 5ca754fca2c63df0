// What ended a run, where memory did not.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "analysis/findings.h"

namespace tidemark {
namespace {

// Signals that the kernel raises for what the process itself did (signal(7)).
constexpr std::array kOwnCrashes{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
// Without a step for this long, and for this many steps' usual time, a run is called stalled.
constexpr double kStalledSeconds = 900;
constexpr double kStalledSteps = 30;

std::vector<Evidence> exit_evidence(const Analysis& analysis) {
  std::vector<Evidence> evidence;
  evidence.reserve(analysis.exit.evidence.size());
  for (const auto& sentence : analysis.exit.evidence)
    evidence.push_back({.text = sentence, .source = "exit"});
  return evidence;
}

double end_of_records(const RunFacts& facts) {
  return facts.end ? facts.end->unix_seconds : facts.last_record_at.value_or(0);
}

}  // namespace

std::optional<Finding> exception_finding(const Analysis& analysis) {
  if (analysis.exit.kind != ExitKind::error || !analysis.facts.exception) return std::nullopt;
  const auto& error = *analysis.facts.exception;
  return Finding{
      "exception",
      Severity::warning,
      "An exception ended the run: " + error.type,
      error.message.empty() ? "The exception came without a message." : "It says: " + error.message,
      0.9,
      exit_evidence(analysis)};
}

std::optional<Finding> killed_by_signal_finding(const Analysis& analysis) {
  if (analysis.exit.kind != ExitKind::signal) return std::nullopt;
  const auto signal = analysis.exit.signal.value_or(0);
  const auto name = signal_name(signal);
  const bool own = std::ranges::find(kOwnCrashes, signal) != kOwnCrashes.end();
  const auto explanation = own ? fmt::format(
                                     "{} is raised for what the process itself did: a crash in "
                                     "native code, not a kill from "
                                     "outside. There is no sign that memory ran out.",
                                     name)
                               : fmt::format(
                                     "{} came from outside the trainer; who sent it is not "
                                     "recorded. There is no evidence that "
                                     "the kernel's OOM killer did.",
                                     name);
  return Finding{"killed_by_signal",
                 Severity::warning,
                 "The run was ended by " + name,
                 explanation,
                 signal == SIGKILL ? 0.8 : 0.9,
                 exit_evidence(analysis)};
}

std::optional<Finding> stopped_by_user_finding(const Analysis& analysis) {
  if (analysis.exit.kind != ExitKind::stopped) return std::nullopt;
  return Finding{"stopped_by_user",
                 Severity::info,
                 "The run was stopped on request",
                 "It ended because somebody asked it to, not because something failed.",
                 0.9,
                 exit_evidence(analysis)};
}

std::optional<Finding> unknown_end_finding(const Analysis& analysis) {
  const auto kind = analysis.exit.kind;
  const bool bare_error = kind == ExitKind::error && !analysis.facts.exception;
  if (kind != ExitKind::unknown && !bare_error) return std::nullopt;
  if (bare_error)
    return Finding{"unknown",
                   Severity::warning,
                   "The run failed, and nothing says why",
                   "It exited with a code other than zero, and no exception was seen in its "
                   "output. What was missing: "
                   "output that names the error.",
                   0.9,
                   exit_evidence(analysis)};
  return Finding{"unknown",
                 Severity::warning,
                 "How the run ended is not known",
                 "What was missing is named in the evidence. `tidemark run` starts the trainer "
                 "itself and so learns "
                 "its exit status.",
                 0.9,
                 exit_evidence(analysis)};
}

std::optional<Finding> stalled_finding(const Analysis& analysis) {
  const auto& facts = analysis.facts;
  const auto kind = analysis.exit.kind;
  if (kind == ExitKind::completed || !facts.last_step_at || !analysis.summary.steps_per_second)
    return std::nullopt;
  const double silent = end_of_records(facts) - *facts.last_step_at;
  const double usual = 1.0 / *analysis.summary.steps_per_second;
  if (silent < kStalledSeconds || silent < kStalledSteps * usual) return std::nullopt;
  return Finding{
      "stalled",
      Severity::warning,
      fmt::format("No step in the last {}", format_duration(silent)),
      fmt::format(
          "A step took {} on average. The last one was {}. Sampling and saving also take time "
          "without steps; this was longer than they usually do.",
          format_duration(usual), facts.last_step.value_or(0)),
      0.6,
      {{.text = "The last sign of a step",
        .source = "steps",
        .value = silent,
        .unit = "s",
        .at = facts.last_step_at}}};
}

}  // namespace tidemark
