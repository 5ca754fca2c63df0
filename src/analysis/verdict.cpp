#include "analysis/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

// A trainer's message may be long and of many lines; the sentence is one line.
constexpr std::size_t kLongestMessage = 120;

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  if (text.size() <= kLongestMessage) return text;
  std::size_t cut = kLongestMessage;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
    --cut;  // a character's start
  return text.substr(0, cut) + "...";
}

std::string progress_text(const Summary& summary) {
  if (summary.steps_completed <= 0 && !summary.total_steps) return "";
  if (summary.total_steps)
    return fmt::format(" at step {} of {}", summary.steps_completed, *summary.total_steps);
  return fmt::format(" at step {}", summary.steps_completed);
}

std::string oom_killed_text(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  const auto progress = progress_text(analysis.summary);
  if (pool && pool->kind == PoolKind::cgroup)
    return fmt::format("Killed by the kernel{}: the container limit of {} was reached", progress,
                       format_bytes(pool->limit));
  if (pool && pool->kind == PoolKind::host)
    return fmt::format("Killed by the kernel{}: the machine's {} of memory ran out", progress,
                       format_bytes(pool->limit));
  if (pool && pool->kind == PoolKind::unified)
    return fmt::format(
        "Killed by the kernel{}: the machine's {} of memory, which the GPU shares, "
        "ran out",
        progress, format_bytes(pool->limit));
  return fmt::format("Killed by the kernel{}: memory ran out", progress);
}

std::string exception_text(const SeenError& error) {
  if (error.type.empty()) return one_line(error.message);
  return one_line(error.message.empty() ? error.type : error.type + ": " + error.message);
}

std::string oom_exception_text(const Analysis& analysis) {
  const auto& exception = analysis.facts.exception;
  return fmt::format(
      "Out of memory{}: {}", progress_text(analysis.summary),
      exception ? exception_text(*exception) : "an allocation of the trainer failed");
}

std::string error_text(const Analysis& analysis) {
  const auto progress = progress_text(analysis.summary);
  if (const auto& exception = analysis.facts.exception)
    return fmt::format("Failed{} with {}", progress, exception_text(*exception));
  if (analysis.exit.code)
    return fmt::format("Failed{} with exit code {}", progress, *analysis.exit.code);
  return fmt::format("Failed{}", progress);
}

std::string completed_text(const Summary& summary) {
  const auto time = format_duration(summary.duration_minutes * 60);
  if (summary.steps_completed <= 0) return fmt::format("Completed in {}", time);
  if (summary.total_steps && *summary.total_steps != summary.steps_completed)
    return fmt::format("Completed with {} of {} steps in {}", summary.steps_completed,
                       *summary.total_steps, time);
  return fmt::format("Completed {} step{} in {}", summary.steps_completed,
                     summary.steps_completed == 1 ? "" : "s", time);
}

std::string outcome_text(const Analysis& analysis) {
  const auto progress = progress_text(analysis.summary);
  switch (analysis.exit.kind) {
    case ExitKind::none:
      return "Still running" + progress;
    case ExitKind::completed:
      return completed_text(analysis.summary);
    case ExitKind::error:
      return error_text(analysis);
    case ExitKind::oom_exception:
      return oom_exception_text(analysis);
    case ExitKind::oom_killed:
      return oom_killed_text(analysis);
    case ExitKind::signal:
      return fmt::format("Ended by {}{}, with no evidence that memory ran out",
                         signal_name(analysis.exit.signal.value_or(0)), progress);
    case ExitKind::stopped:
      return "Stopped on request" + progress;
    case ExitKind::unknown:
      return "How it ended is not known; last seen" + (progress.empty() ? " alive" : progress);
  }
  return "";
}

std::string peak_text(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  if (!pool)
    return analysis.facts.sample_count == 0 ? "; memory was never sampled"
                                            : "; no memory limit was seen";
  return fmt::format("; peak {} of {} ({}, {})", format_bytes(pool->peak),
                     format_bytes(pool->limit), format_percent(pool->fraction()), pool->name);
}

std::string cause_text(const Analysis& analysis) {
  if (analysis.findings.empty()) return "";
  const auto& primary = analysis.findings.front();
  const bool adds = is_memory_cause(primary.id);
  return adds ? ". " + primary.title : "";
}

}  // namespace

std::string verdict_of(const Analysis& analysis) {
  return outcome_text(analysis) + peak_text(analysis) + cause_text(analysis) + ".";
}

}  // namespace tidemark
