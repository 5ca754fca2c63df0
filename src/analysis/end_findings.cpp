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

/// Where the output says what decided the run.
std::string place_of(const LogErrorRecord& error) {
  auto text =
      error.line ? fmt::format("Line {} of its output", *error.line) : std::string{"Its output"};
  if (error.step) text += fmt::format(", at step {}", *error.step);
  if (error.count > 1) text += fmt::format(", said {} times", error.count);
  return text;
}

void add_deciding_line(const Analysis& analysis, std::vector<Evidence>& evidence) {
  const auto& deciding = analysis.facts.deciding;
  if (!deciding) return;
  const auto exception = deciding->exception.empty() ? "" : deciding->exception + ": ";
  evidence.push_back({.text = place_of(*deciding) + ": " + exception + deciding->message,
                      .source = "log",
                      .at = deciding->unix_seconds});
}

bool disk_was_full(const Analysis& analysis) {
  return analysis.facts.deciding && analysis.facts.deciding->category == "disk_full";
}

double end_of_records(const RunFacts& facts) {
  return facts.end ? facts.end->unix_seconds : facts.last_record_at.value_or(0);
}

}  // namespace

std::optional<Finding> disk_full_finding(const Analysis& analysis) {
  if (analysis.exit.kind != ExitKind::error || !disk_was_full(analysis)) return std::nullopt;
  Finding finding{
      "disk_full",
      Severity::warning,
      "The run ended because no space was left on a disk",
      "A write failed for want of space or quota; what was being written (a checkpoint, "
      "a cache, samples) is not whole.",
      0.9,
      {}};
  add_deciding_line(analysis, finding.evidence);
  for (auto& evidence : exit_evidence(analysis)) finding.evidence.push_back(std::move(evidence));
  return finding;
}

std::optional<Finding> exception_finding(const Analysis& analysis) {
  if (analysis.exit.kind != ExitKind::error || !analysis.facts.exception) return std::nullopt;
  if (disk_was_full(analysis)) return std::nullopt;
  const auto& error = *analysis.facts.exception;
  Finding finding{
      "exception",
      Severity::warning,
      error.type.empty() ? "An error ended the run" : "An exception ended the run: " + error.type,
      error.message.empty() ? "The exception came without a message." : "It says: " + error.message,
      0.9,
      exit_evidence(analysis)};
  add_deciding_line(analysis, finding.evidence);
  return finding;
}

std::optional<Finding> oom_skipped_batches_finding(const Analysis& analysis) {
  const auto& skipped = analysis.facts.skipped_batches;
  if (!skipped) return std::nullopt;
  const bool one = skipped->count == 1;
  std::string where;
  if (skipped->step && skipped->last_step && *skipped->last_step != *skipped->step)
    where = fmt::format(" between step {} and step {}", *skipped->step, *skipped->last_step);
  else if (skipped->step)
    where = fmt::format(" at step {}", *skipped->step);
  return Finding{
      "oom_skipped_batches",
      Severity::warning,
      fmt::format("{} batch{} skipped after running out of memory", skipped->count,
                  one ? " was" : "es were"),
      fmt::format("The trainer caught the failed allocation{} and went on without the batch{}: "
                  "what was in {} taught it nothing.",
                  where, one ? "" : "es", one ? "it" : "them"),
      0.95,
      {{.text = place_of(*skipped) + ": " + skipped->message,
        .source = "log",
        .value = static_cast<double>(skipped->count),
        .unit = "batches",
        .at = skipped->unix_seconds}}};
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
