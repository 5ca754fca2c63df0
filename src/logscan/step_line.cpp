#include "logscan/step_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "core/text.h"
#include "logscan/bar_kind.h"
#include "logscan/bar_values.h"

namespace tidemark {
namespace {

constexpr std::size_t kLongestLine = 1024;  // what a step line says stands in its first part

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

std::string lower(std::string_view text) {
  std::string lowered{text};
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view these) {
  while (at < text.size() && these.contains(text[at])) ++at;
  return at;
}

struct Count {
  std::int64_t step = 0;
  std::optional<std::int64_t> total{};
  std::size_t end = 0;
};

std::optional<std::int64_t> take_whole(std::string_view text, std::size_t& at) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  if (at >= text.size() || !is_digit(text[at]) || error != std::errc{}) return std::nullopt;
  at = static_cast<std::size_t>(end - text.data());
  return number;
}

/// "100/2000", "30/    1000", "100 of 2000", "100". A number with a point, a unit or a clock is
/// none.
std::optional<Count> take_count(std::string_view text, std::size_t at) {
  const auto step = take_whole(text, at);
  if (!step) return std::nullopt;
  Count count{*step, std::nullopt, at};
  std::size_t behind = skip(text, at, " ");
  const bool of = text.substr(behind).starts_with("of ");
  if (behind < text.size() && (text[behind] == '/' || of)) {
    behind = skip(text, behind + (of ? 3 : 1), " ");
    count.total = take_whole(text, behind);
    if (count.total) count.end = behind;
  }
  if (count.end < text.size()) {
    const char next = text[count.end];
    const bool fraction =
        next == '.' && count.end + 1 < text.size() && is_digit(text[count.end + 1]);
    if (fraction || (is_word(next) && next != '_') || next == '%' || next == '/')
      return std::nullopt;
    if (next == ':' && count.end + 1 < text.size() && is_digit(text[count.end + 1]))
      return std::nullopt;
  }
  if (count.total && *count.total == 0) return std::nullopt;
  return count;
}

// Words that name a step, the ones that contain another first.
constexpr std::array<std::string_view, 14> kStepWords{
    "global_steps", "global_step", "global steps", "global step", "train_step",
    "num_updates",  "iterations",  "iteration",    "iters",       "iter",
    "steps",        "step",        "batch",        "it"};
// Words before it that make it another's count.
constexpr std::array<std::string_view, 27> kOthers{
    "max",    "num",       "total",        "every",      "per",      "warmup", "log",
    "eval",   "val",       "save",         "saved",      "saving",   "test",   "sampling",
    "sample", "inference", "accumulation", "grad",       "gradient", "resume", "resuming",
    "from",   "skip",      "decay",        "checkpoint", "after",    "for"};

bool is_others(std::string_view before) {
  const std::size_t end = before.find_last_not_of(" :=-_([");
  if (end == std::string_view::npos) return false;
  std::size_t begin = end + 1;
  while (begin > 0 && is_word(before[begin - 1]) && before[begin - 1] != '_') --begin;
  const std::string_view word = before.substr(begin, end + 1 - begin);
  return std::ranges::find(kOthers, word) != kOthers.end();
}

/// Where the count stands behind a step's word that ends at `at`: "step: ", "iter(train) [ ".
std::optional<std::size_t> count_begin(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with("(s)")) at += 3;
  if (text.substr(at).starts_with("(train)")) at += 7;
  const std::size_t begin = skip(text, at, " \t:=#'\"[(");
  const bool apart = begin > at;
  return apart && begin < text.size() && is_digit(text[begin]) ? std::optional{begin}
                                                               : std::nullopt;
}

bool is_global(std::string_view word) {
  return word.starts_with("global") || word == "num_updates";
}

struct Found {
  Count count{};
  bool global = false;
};

/// The count that a word names; one with a total wins, then a global one, then the first.
std::optional<Found> named_count(std::string_view text) {
  std::optional<Found> best;
  for (const auto word : kStepWords) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      if (at > 0 && is_word(text[at - 1])) continue;
      const auto begin = count_begin(text, at + word.size());
      if (!begin || is_others(text.substr(0, at))) continue;
      const auto count = take_count(text, *begin);
      if (!count) continue;
      if (count->total) return Found{*count, is_global(word)};
      if (!best || (is_global(word) && !best->global)) best = Found{*count, is_global(word)};
    }
  }
  return best;
}

/// "[10/70][1530/2860]", "epoch: [0][ 10/1562]", "epoch 001:  100 / 1234": the iteration within.
std::optional<Found> counted_in_epoch(std::string_view text) {
  std::optional<Found> last;
  int brackets = 0;
  for (auto at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    const std::size_t begin = skip(text, at + 1, " ");
    const auto count = take_count(text, begin);
    if (!count) continue;
    const std::size_t behind = skip(text, count->end, " ");
    if (behind >= text.size() || !(text[behind] == ']' || text[behind] == '(')) continue;
    ++brackets;
    if (count->total) last = Found{*count, false};
    if (brackets == 4) break;
  }
  if (!last) return std::nullopt;
  const auto epoch = text.find("epoch");
  const bool trains = epoch != std::string_view::npos || text.contains("train");
  if (brackets >= 2) return last;
  if (!trains) return std::nullopt;
  // A lone pair right behind the word counts epochs.
  const std::size_t first = skip(text, epoch == std::string_view::npos ? 0 : epoch + 5, " :s");
  const bool right_behind = epoch != std::string_view::npos && text.substr(first).starts_with('[');
  return right_behind ? std::nullopt : last;
}

std::optional<Found> count_behind_epoch(std::string_view text) {
  const auto epoch = text.find("epoch ");
  if (epoch == std::string_view::npos) return std::nullopt;
  std::size_t at = epoch + 6;
  if (!take_whole(text, at) || !text.substr(at).starts_with(':')) return std::nullopt;
  const auto count = take_count(text, skip(text, at + 1, " "));
  return count && count->total ? std::optional{Found{*count, false}} : std::nullopt;
}

/// "epoch[2](100/2500)": the iteration within, as super-resolution's loops print it.
std::optional<Found> count_in_parentheses(std::string_view text) {
  constexpr std::string_view kWord = "epoch[";
  const auto epoch = text.find(kWord);
  if (epoch == std::string_view::npos) return std::nullopt;
  std::size_t at = epoch + kWord.size();
  if (!take_whole(text, at) || !text.substr(at).starts_with("](")) return std::nullopt;
  const auto count = take_count(text, at + 2);
  return count && count->total ? std::optional{Found{*count, false}} : std::nullopt;
}

/// Keras: "100/500 [=====>....] - ETA: 1:00 - loss: 0.5", or with "\u2501" for a bar.
std::optional<Found> keras_count(std::string_view text) {
  const auto count = take_count(text, skip(text, 0, " \b"));
  if (!count || !count->total) return std::nullopt;
  const std::string_view behind = text.substr(std::min(text.size(), count->end));
  const bool drawn = behind.starts_with(" [=") || behind.starts_with(" [>") ||
                     behind.starts_with(" [.") || behind.starts_with(" \xE2\x94\x81");
  return drawn ? std::optional{Found{*count, false}} : std::nullopt;
}

bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word(text[at - 1]) || text[at - 1] == '_';
    if (begins && (end == text.size() || !is_word(text[end]) || text[end] == '_')) return true;
  }
  return false;
}

/// Values that only training shows.
bool shows_training(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSigns{"lr", "mfu", "eta", "tokens", "grad"};
  return text.contains("loss") || text.contains("learning rate") ||
         std::ranges::any_of(kSigns, [text](auto sign) { return has_word(text, sign); });
}

/// The words before the count are of other work: "Validation: [ 10/100]", "Saving at step 5".
bool is_other_work(std::string_view line, std::size_t count_begin_at) {
  constexpr std::size_t kLookedAt = 80;
  const std::string_view before = line.substr(0, std::min(count_begin_at, line.size()));
  const std::size_t from = before.size() > kLookedAt ? before.size() - kLookedAt : 0;
  return names_other_work(before.substr(from));
}

}  // namespace

std::optional<StepLine> parse_step_line(std::string_view line) {
  const std::string_view part = line.substr(0, kLongestLine);
  const std::string text = lower(part);
  auto found = named_count(text);
  if (!found || !found->count.total) {
    auto inner = counted_in_epoch(text);
    if (!inner) inner = count_behind_epoch(text);
    if (!inner) inner = count_in_parentheses(text);
    if (!inner) inner = keras_count(text);
    if (inner) found = inner;
  }
  if (!found) return std::nullopt;
  if (!found->count.total && !(found->global || shows_training(text))) return std::nullopt;
  if (!found->global && is_other_work(part, found->count.end)) return std::nullopt;
  const BarValues values = parse_bar_values(part);
  return StepLine{found->count.step, found->count.total, values.loss, values.learning_rate};
}

}  // namespace tidemark
