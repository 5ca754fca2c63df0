// Lines that say something by themselves: a shell, the client, a library's own words.
#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "logscan/client_end.h"
#include "logscan/log_state.h"
#include "logscan/masking.h"
#include "logscan/own_report.h"

namespace tidemark {

void LogReader::State::take_client_stop() {
  const LogPlace here = place();
  client_stop_ = ClientStop{here.byte_offset, training_.progress()};
}

bool LogReader::State::take_client_line(std::string_view text) {
  constexpr std::string_view kFailed = "Error running job: ";
  const std::string_view words = trimmed(text);
  if (words == "Job stopped" || words == "Job returning to queue") {
    take_client_stop();
    return true;
  }
  if (auto end = parse_client_end(words)) {  // and a finding as well: patterns/killed.cpp has it
    client_end_ = std::move(end);
    return false;
  }
  if (words.starts_with("# OOM during training step, skipping batch")) {
    ++skipped_batches_;
    Kept kept =
        finding_of({LogCategory::cuda_oom, Weight::warning, true}, trimmed(words.substr(2)));
    kept.finding.skipped_batch = true;
    add(std::move(kept));
    return true;
  }
  if (words.starts_with("Could not save optimizer")) {
    // The exception was printed in the line before, bare; the run goes on.
    if (Kept* last = last_added_ ? findings_.find(*last_added_) : nullptr)
      if (last->last_at.ordinary_lines + 3 >= training_.progress().ordinary_lines)
        last->survived = true;
    return false;
  }
  if (!text.starts_with(kFailed)) return false;
  const std::string_view message = text.substr(kFailed.size());
  if (message.contains("Job stopped") || message.contains("Job returning to queue")) {
    take_client_stop();
    return true;
  }
  Judgement judgement = judge_raised({}, message);
  judgement.weight = std::min(judgement.weight, Weight::weak);
  add(finding_of(judgement, message));
  return true;
}

/// "Killed" as shells say it: alone, "job.sh: line 28:  8156 Killed   python3 ...", "[1]  123
/// killed".
bool LogReader::State::take_killed(std::string_view text) {
  const std::string_view words = trimmed(text);
  const auto says = [&](std::string_view word) {
    if (words == word) return true;
    const auto at = words.find(word);
    if (at == std::string_view::npos || at < 2) return false;
    const std::string_view before = trimmed(words.substr(0, at));
    if (before.empty()) return false;
    const std::string_view behind = words.substr(at + word.size());
    const bool by_shell = before.contains(": line ") || before.starts_with('[');
    // "[2]+" and "[2]-" are bash's current job and the one before it.
    const bool counted =
        is_digit(before.back()) || before.ends_with("]+") || before.ends_with("]-");
    return by_shell && counted &&
           (behind.empty() || behind.starts_with("  ") || behind.starts_with(" ("));
  };
  if (says("Killed") || says("killed")) {
    add(finding_of({LogCategory::host_oom_kill, Weight::decisive, true}, words));
    return true;
  }
  if (says("Bus error")) {
    add(finding_of({LogCategory::shm_exhausted, Weight::weak, true}, words));
    return true;
  }
  if (!says("Terminated") && !says("Aborted")) return false;
  add(finding_of({LogCategory::other_error, Weight::weak, true}, words));
  return true;
}

void LogReader::State::take_said(std::string_view line, const LineHead& head, const Signs& signs,
                                 std::string_view label) {
  Judgement judgement = *signs.said;
  if (judgement.category == LogCategory::none || is_own_report_line(line))
    return training_.take_ordinary_line();
  const bool warned = head.severity == Severity::warning || head.text.contains("Warning: ") ||
                      line.contains("Warning: ");
  const bool memory = is_memory(judgement.category) && judgement.weight == Weight::decisive;
  if (head.severity == Severity::info && !memory) return training_.take_ordinary_line();
  if (warned && !judgement.ends &&
      !(memory && head.severity == Severity::warning && !line.contains("Warning: ")) &&
      !line.contains("NCCL WARN"))
    judgement.weight = Weight::warning;
  if (memory && line.contains("memory allocation failed with OOM")) judgement = *signs.said;
  Kept kept = finding_of(judgement, line);
  kept.finding.traceback = fit_text(tracebacks_.take_open_frames(label), kMaxTraceback);
  last_raised_ = add(std::move(kept));
}

void LogReader::State::take_warning(std::string_view line, const LineHead& head) {
  // A class of warnings, a logger's level; "warning" as a word of a sentence is neither.
  const bool classed = line.contains("Warning: ") || line.contains("Warning, ");
  if (head.severity != Severity::warning && head.severity != Severity::error && !classed)
    return training_.take_ordinary_line();
  if (head.severity == Severity::info && !classed) return training_.take_ordinary_line();
  const bool error = head.severity == Severity::error && !classed;
  add(finding_of(
      {error ? LogCategory::other_error : LogCategory::warning_only, Weight::warning, false},
      line));
}

void LogReader::State::take_lost_number(std::string_view line) {
  catch_up();
  Kept kept = finding_of({LogCategory::numerical, Weight::weak, true}, line);
  kept.lost_number = true;
  add(std::move(kept));
}

void LogReader::State::take_worker(std::string_view line) {
  constexpr std::string_view kWords = "DataLoader worker (pid";
  const auto at = line.find(kWords);
  if (at == std::string_view::npos || worker_pid_) return;
  const auto digits = line.find_first_of("0123456789", at + kWords.size());
  if (digits == std::string_view::npos || digits > at + kWords.size() + 5) return;
  std::int64_t pid = 0;
  std::from_chars(line.data() + digits, line.data() + line.size(), pid);
  worker_pid_ = pid;
}

}  // namespace tidemark
