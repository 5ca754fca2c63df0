#include "logscan/log_state.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "logscan/client_end.h"
#include "logscan/line_prefix.h"
#include "logscan/masking.h"
#include "logscan/memory_figures.h"
#include "logscan/primary.h"

namespace tidemark {
namespace {

constexpr std::size_t kMaxMessage = 500;
constexpr std::size_t kMaxTraceback = 1500;
constexpr std::size_t kMaxText = 4096;  // of a message with its further lines
constexpr std::size_t kMaxChain = 8;
// Stands for the arrival of bytes that were there already.
constexpr double kNotSeenToCome = std::numeric_limits<double>::quiet_NaN();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

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

bool LogReader::State::take_traceback(std::string_view text, std::string_view label,
                                      const Signs& signs) {
  const bool likely = signs.has(Mark::traceback);
  if (!likely && !tracebacks_.is_open()) return false;
  // "ERROR 07-29 21:48:54 [executor.py:9] Traceback ...": the head repeats on each line of it.
  std::string_view inner = text;
  const LineHead head = parse_line_head(text);
  if (head.severity == Severity::error && head.text.data() > text.data()) {
    inner = head.text;
    if (inner.data() > text.data() && inner.data()[-1] == ' ') {
      const char* begin = inner.data();
      while (begin > text.data() + 1 && begin[-1] == ' ' && begin[-2] == ' ') --begin;
      inner = {begin, inner.size() + static_cast<std::size_t>(inner.data() - begin)};
    }
  }
  const TracebackPart part = tracebacks_.see(inner, label, likely);
  if (part == TracebackPart::none) return false;
  if (part == TracebackPart::part) {
    close_message();
    return true;
  }
  close_message();
  const Raised& raised = tracebacks_.raised();
  OpenMessage open;
  open.raised = raised;
  open.message = raised.message;
  open.text = last_component_of(raised.type) + ": " + raised.message.substr(0, kMaxText);
  open.label = label;
  open.place = place();
  open.at = training_.progress();
  message_ = std::move(open);
  return true;
}

/// Indented lines belong to a message; others may for a little while, where they cannot be more.
bool LogReader::State::goes_on_message(std::string_view text, std::string_view label) {
  constexpr int kMostLines = 12, kMostUnindented = 4;
  if (!message_) return false;
  OpenMessage& open = *message_;
  const bool indented = text.starts_with("  ") || text.starts_with('\t');
  const std::string_view words = trimmed(text);
  const bool starts_other = words.starts_with("Traceback") || words.starts_with("File \"") ||
                            words.starts_with("Original Traceback") ||
                            words.contains(" above exception") || words.starts_with("wandb:") ||
                            words.starts_with("what():") || words.starts_with("Aborted") ||
                            parse_raised_line(words, false) || timestamp_length(words) > 0 ||
                            parse_line_head(text).severity != Severity::unsaid;
  if (label != open.label && !open.label.empty()) return false;
  if (starts_other || open.lines >= kMostLines ||
      (!indented && open.unindented >= kMostUnindented)) {
    close_message();
    return false;
  }
  ++open.lines;
  open.unindented += indented ? 0 : 1;
  if (open.text.size() < kMaxText) open.text += '\n' + std::string{words.substr(0, kMaxText)};
  const bool belongs = indented || open.message.empty() || open.message.ends_with(':');
  if (belongs && open.message.size() < kMaxText)
    open.message += (open.message.empty() ? "" : "\n") + std::string{words.substr(0, kMaxText)};
  // A line that says something by itself is read on its own as well.
  return indented || open.message.ends_with(words);
}

void LogReader::State::close_message() {
  if (!message_) return;
  const OpenMessage open = *std::exchange(message_, std::nullopt);
  add_raised(open);
}

void LogReader::State::add_raised(const OpenMessage& open) {
  const Raised& raised = open.raised;
  if (raised.message.contains("Job stopped") || raised.message.contains("Job returning to queue")) {
    take_client_stop();
    return;
  }
  const std::string first = last_component_of(raised.type) + ": " + open.message;
  Judgement judgement = judge_raised(raised, first);
  if (!judgement.known) {
    const Judgement whole = judge_raised(raised, open.text);
    if (whole.known) judgement = whole;
  }
  if (raised.frames.empty() && !judgement.known)
    judgement.weight = std::min(judgement.weight, Weight::weak);
  const std::string name = last_component_of(raised.type);
  Kept kept = finding_of(judgement, open.message.empty() ? name : open.message);
  kept.type = raised.type;
  kept.finding.exception = fit_text(name, 120);
  kept.finding.traceback = fit_text(raised.frames, kMaxTraceback);
  kept.finding.first = kept.finding.last = open.place;
  kept.first_at = kept.last_at = open.at;
  kept.survived = raised.survived;
  if (raised.chained != Chained::no && merge_into_chain(kept, raised.chained)) return;
  Kept* wordless = wants_what_ ? findings_.find(*wants_what_) : nullptr;
  wants_what_.reset();
  if (wordless != nullptr && wordless->type == raised.type) {
    kept.finding.first = wordless->finding.first;
    kept.id = wordless->id;
    *wordless = std::move(kept);
    return;
  }
  const bool by_terminate = open.message.empty() && raised.type.contains("::");
  last_raised_ = add(std::move(kept));
  if (by_terminate) wants_what_ = last_raised_;
}

/// The root cause stands for its chain: the first exception that is known for what it is, in the
/// words of the last one that says the same. Absent one, what was raised while a mere look-up
/// failed.
bool LogReader::State::merge_into_chain(const Kept& raised, Chained chained) {
  Kept* root = last_raised_ ? findings_.find(*last_raised_) : nullptr;
  if (root == nullptr) return false;
  LogFinding& said = root->finding;
  const LogFinding& later = raised.finding;
  const auto mention = [](const LogFinding& finding) {
    return finding.exception + ": " + finding.message;
  };
  const bool echo = raised.weight == Weight::echo;
  const bool same = later.category == said.category && !echo && root->weight != Weight::echo;
  const bool lookup = said.exception == "KeyError" || said.exception == "AttributeError" ||
                      said.exception == "IndexError" || said.exception == "StopIteration" ||
                      said.exception == "Empty";
  const bool root_is_vague = !root->known || root->weight == Weight::echo;
  const bool later_wins =
      !echo && root_is_vague && (raised.known || (lookup && chained == Chained::handling));
  const bool rewords = same && root->known && raised.known;
  if (said.chain.size() < kMaxChain && (said.chain.empty() || said.chain.back() != mention(later)))
    said.chain.push_back(later_wins || rewords ? mention(said) : mention(later));
  if (!later_wins && !rewords) return true;
  const MemoryFigures figures = said.figures;
  said.category = later.category;
  said.level = later.level;
  said.message = later.message;
  said.exception = later.exception;
  root->type = raised.type;
  if (!later.traceback.empty()) said.traceback = later.traceback;
  if (later.worker_pid) said.worker_pid = later.worker_pid;
  said.figures = later.figures.requested ? later.figures : figures;
  root->weight = rewords ? std::max(root->weight, raised.weight) : raised.weight;
  root->known = raised.known;
  root->survived = raised.survived;
  return true;
}

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
    const std::string_view behind = words.substr(at + word.size());
    const bool by_shell = before.contains(": line ") || before.starts_with('[');
    return by_shell && !before.empty() && is_digit(before.back()) &&
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
  if (judgement.category == LogCategory::none) return training_.take_ordinary_line();
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
