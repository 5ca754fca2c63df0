#include "logscan/log_state.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/text.h"
#include "logscan/line_prefix.h"
#include "logscan/masking.h"
#include "logscan/memory_figures.h"
#include "logscan/primary.h"

namespace tidemark {
namespace {

constexpr std::size_t kMaxMessage = 500;
// Stands for the arrival of bytes that were there already.
constexpr double kNotSeenToCome = std::numeric_limits<double>::quiet_NaN();

LogLevel level_of(LogCategory category, Weight weight) {
  if (weight == Weight::warning) return LogLevel::warning;
  return is_memory(category) ? LogLevel::critical : LogLevel::error;
}

/// What stands before the text as a rank's or a worker's label, its timestamps left out.
std::string_view label_of(std::string_view line, std::string_view text) {
  const std::string_view taken = line.substr(0, line.size() - text.size());
  const auto at = taken.find_first_of("[(");
  if (at == std::string_view::npos ||
      (at + 1 < taken.size() && is_digit(taken[at + 1]) && !taken.contains(',')))
    return {};
  return taken.substr(at, 48);
}

}  // namespace

void LogReader::State::feed(std::string_view bytes, std::optional<double> arrived) {
  const double since = arrived.value_or(kNotSeenToCome);
  bytes_ += bytes.size();
  if (!begun_) {
    const std::size_t wanted = std::min(bytes.size(), 2 - beginning_.size());
    beginning_ += bytes.substr(0, wanted);
    bytes.remove_prefix(wanted);
    if (beginning_.size() < 2) return;
    begun_ = true;
    utf16_ = Utf16Decoder::for_mark(beginning_);
    feed_text(beginning_, since);
  }
  feed_text(bytes, since);
}

void LogReader::State::feed_text(std::string_view bytes, double since) {
  if (utf16_) return feed_utf16(bytes, since);
  lines_.feed(bytes, since,
              [this](std::string_view line, double came) { take_arrived(line, came); });
}

/// Line by line, so that places are told in the bytes of the file.
void LogReader::State::feed_utf16(std::string_view bytes, double since) {
  const auto on_line = [this](std::string_view line, double came) { take_arrived(line, came); };
  std::string text;
  for (const char byte : bytes) {
    ++raw_bytes_;
    if (!utf16_->take(byte, text)) continue;
    lines_.feed(text, since, on_line);
    text.clear();
    raw_line_begins_ = raw_bytes_;
  }
  lines_.feed(text, since, on_line);
}

void LogReader::State::take_arrived(std::string_view line, double since) {
  arrived_ = std::isfinite(since) ? std::optional{since} : std::nullopt;
  take_line(line);
}

void LogReader::State::take_line(std::string_view line) {
  if (takes_at_once(line)) return;
  if (quiet_.has_skipped()) catch_up();
  read_as_.reset();
  const auto additions = findings_.additions();
  read_line(line);
  const bool open =
      message_ || tracebacks_.is_open() || tracebacks_.says_of_next() || in_config_dump_;
  if (read_as_ && !open && findings_.additions() == additions) quiet_.learn(line, *read_as_);
}

/// One more drawing of the bar before, or a line like one that said nothing wrong.
bool LogReader::State::takes_at_once(std::string_view line) {
  if (training_.takes_at_once(line)) {
    if (!quiet_.has_skipped()) return true;
    catch_up();  // in the order of the log: the bar is the newer one
    return training_.takes_at_once(line);
  }
  if (message_ || tracebacks_.is_open() || in_config_dump_) return false;
  const ReadAs* read_as = quiet_.find(line);
  if (read_as == nullptr || (read_as->step && arrived_)) return false;  // each step is recorded
  remember_timestamp(line);
  training_.take_ordinary_line();
  tracebacks_.take_other_line();
  if (read_as->shows_progress()) quiet_.skip(line, *read_as);
  return true;
}

/// Reads what was passed over. Before anything is dated.
void LogReader::State::catch_up() {
  if (!quiet_.has_skipped()) return training_.catch_up();
  const auto [line, read_as, lines] = quiet_.take_skipped();
  if (read_as.step)
    if (const auto step = parse_step_line(parse_line_head(line).text))
      training_.take_step_line(*step, lines);
  if (read_as.values) training_.take_values(line, lines);
}

void LogReader::State::read_line(std::string_view line) {
  if (is_in_config_dump(line)) return;
  remember_timestamp(line);
  const auto around = training_.take_bars(line);
  if (around.has_bar && shows_lost_loss(line.substr(around.before.size()))) take_lost_number(line);
  if (!around.has_bar) return take_text(line, false);
  take_text(around.before, true);
  if (!trimmed(around.behind).empty()) take_text(around.behind, false);
}

/// ai-toolkit dumps its config, full of prompts, as indented JSON; others do too.
bool LogReader::State::is_in_config_dump(std::string_view line) {
  const char first = line.front();
  if (in_config_dump_) {
    in_config_dump_ = first == ' ' || first == '\t';
    return in_config_dump_ || first == '}' || first == ']';
  }
  in_config_dump_ = line == "{" || line == "[";
  return in_config_dump_;
}

void LogReader::State::remember_timestamp(std::string_view line) {
  if (line.size() < 10) return;
  const bool dated = is_digit(line[0]) || is_digit(line[1]) || line[0] == '[';
  if (!dated) return;
  dated_head_size_ = std::min(line.size(), dated_head_.size());
  std::memcpy(dated_head_.data(), line.data(), dated_head_size_);
}

void LogReader::State::take_text(std::string_view line, bool beside_bar) {
  const Signs signs = find_signs(line);
  if (signs.any() || (!beside_bar && (message_ || tracebacks_.is_open() || line.starts_with("{'") ||
                                      (line.size() > 4 && line[1] >= '0' && line[1] <= '9'))))
    return look_closer(line, signs, beside_bar);
  tracebacks_.take_other_line();
  take_quiet(beside_bar, {});
}

void LogReader::State::take_quiet(bool beside_bar, ReadAs read_as) {
  training_.take_ordinary_line();
  if (!beside_bar) read_as_ = read_as;
}

void LogReader::State::look_closer(std::string_view line, const Signs& signs, bool beside_bar) {
  const std::string_view text = without_prefixes(line);
  const std::string_view label = label_of(line, text);
  if (signs.has(Mark::worker)) take_worker(line);
  if (goes_on_message(text, label)) return;
  if (take_traceback(text, label, signs)) return;
  if (beside_bar && !signs.said && !signs.has(Mark::warning)) return;
  if (signs.has(Mark::client) && take_client_line(text)) return;
  if (signs.has(Mark::killed) && take_killed(text)) return;
  if (signs.has(Mark::finished)) training_.take_finish();
  const LineHead head = parse_line_head(line);
  const bool lost = signs.has(Mark::number_lost) && shows_lost_loss(line);
  if (lost) take_lost_number(line);
  ReadAs read_as{.values = line.starts_with("{'")};
  if (!beside_bar && signs.has(Mark::step))
    if (const auto step = parse_step_line(head.text)) {
      read_as.step = true;
      training_.take_step_line(*step);
      if (arrived_) line_steps_.see(*step, *arrived_);
    }
  if (read_as.values) training_.take_values(line);
  if (signs.said && !lost) return take_said(line, head, signs, label);
  if (!lost && (signs.has(Mark::warning) || head.severity == Severity::warning ||
                head.severity == Severity::error))
    take_warning(line, head);
  else
    take_quiet(beside_bar || signs.has(Mark::finished) || signs.has(Mark::client), read_as);
}

LogPlace LogReader::State::place() {
  catch_up();
  LogPlace here;
  here.line = lines_.newlines() + 1;
  here.byte_offset = utf16_ ? raw_line_begins_ : lines_.line_begins();
  here.step = training_.step();
  here.elapsed_seconds = training_.elapsed_seconds();
  here.unix_seconds = parse_timestamp({dated_head_.data(), dated_head_size_}, utc_offset_seconds_);
  here.arrived = arrived_;
  return here;
}

Kept LogReader::State::finding_of(const Judgement& judgement, std::string_view message) {
  Kept kept;
  kept.weight = judgement.weight;
  kept.known = judgement.known;
  kept.finding.category = judgement.category;
  kept.finding.level = level_of(judgement.category, judgement.weight);
  std::string_view words = trimmed(without_prefixes(message));
  if (const auto stamp = timestamp_length(words); stamp < words.size())
    words = trimmed(words.substr(stamp));
  kept.finding.message = fit_text(words, kMaxMessage);
  if (is_memory(judgement.category)) kept.finding.figures = parse_memory_figures(message);
  if (message.contains("DataLoader worker (pid")) kept.finding.worker_pid = worker_pid_;
  kept.finding.first = kept.finding.last = place();
  kept.first_at = kept.last_at = training_.progress();
  return kept;
}

std::uint64_t LogReader::State::add(Kept kept) {
  last_added_ = findings_.add(std::move(kept));
  return *last_added_;
}

void LogReader::State::take_end() {
  if (!begun_) feed_text(beginning_, arrived_.value_or(kNotSeenToCome));
  lines_.finish([this](std::string_view line, double since) { take_arrived(line, since); });
  close_message();
  catch_up();
  if (findings_.all().empty() && tracebacks_.has_unfinished())
    add(finding_of({LogCategory::other_error, Weight::weak, false},
                   "a traceback whose end is missing"));
}

OutputVerdict LogReader::State::finish_verdict() && {
  take_end();
  auto verdict = judge_end(findings_.all(), training_.progress(), client_stop_);
  verdict.client_end = std::move(client_end_);
  return verdict;
}

LogSummary LogReader::State::finish() && {
  take_end();
  LogSummary summary;
  const auto primary = choose_primary(findings_.all(), training_.progress());
  for (const Kept& kept : findings_.all()) {
    summary.findings.push_back(kept.finding);
    if (was_survived(kept, training_.progress())) summary.findings.back().level = LogLevel::warning;
  }
  summary.deciding = primary.index;
  if (primary.index && primary.fatal) {
    summary.primary = summary.findings[*primary.index].category;
    summary.level = level_of(summary.primary, Weight::decisive);
  } else if (primary.index) {
    summary.primary = LogCategory::warning_only;
    summary.level = LogLevel::warning;
  }
  summary.findings_left_out = findings_.left_out();
  summary.last_step = training_.step();
  summary.total_steps = training_.total();
  summary.last_elapsed_seconds = training_.elapsed_seconds();
  summary.last_loss = training_.loss();
  summary.last_learning_rate = training_.learning_rate();
  summary.seconds_per_step = training_.seconds_per_step();
  summary.worker_pid = worker_pid_;
  summary.skipped_batches = skipped_batches_;
  summary.has_traceback = tracebacks_.saw_frames();
  summary.stopped_by_client = client_stop_.has_value();
  summary.utf16 = utf16_.has_value();
  summary.bytes = bytes_;
  summary.lines = lines_.newlines();
  return summary;
}

}  // namespace tidemark
