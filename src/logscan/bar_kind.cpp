#include "logscan/bar_kind.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tidemark {
namespace {

// Beginnings of words, so that "loading" and "loader", "validation" and "validate" are one entry.
constexpr std::array<std::string_view, 62> kOtherWork{
    "load",       "download", "upload",  "cach",    "sampl",    "generat", "quantiz", "preproc",
    "process",    "tokeniz",  "map",     "valid",   "val",      "eval",    "test",    "infer",
    "predict",    "encod",    "decod",   "extract", "fetch",    "convert", "merg",    "filter",
    "resolv",     "sav",      "writ",    "read",    "scan",     "check",   "prepar",  "build",
    "creat",      "comput",   "pack",    "shard",   "calibrat", "denois",  "render",  "export",
    "import",     "index",    "split",   "mov",     "sanity",   "latent",  "bucket",  "captur",
    "caption",    "compil",   "offload", "unzip",   "collect",  "gather",  "search",  "dev",
    "materializ", "flatten",  "init",    "hash",    "copy",     "count"};
constexpr std::array<std::string_view, 9> kTraining{"train",  "step",   "iter",   "finetun", "fine",
                                                    "optimi", "global", "update", "learning"};
constexpr std::array<std::string_view, 12> kStepUnits{
    "", "it", "its", "iter", "iters", "iteration", "step", "steps", "batch", "batches", "b", "ba"};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool inside = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (inside) word += upper ? static_cast<char>(c - 'A' + 'a') : c;
    if (!inside && !word.empty()) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

template <class Table>
bool begins_with_any(std::string_view word, const Table& table) {
  return std::ranges::any_of(table,
                             [word](std::string_view begin) { return word.starts_with(begin); });
}

bool is_number(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

struct Description {
  bool empty = true;
  bool other_work = false;
  bool training = false;
  bool epochs_only = false;       // "Epochs": counts epochs
  bool epoch_unnumbered = false;  // "Epoch": counts epochs, or the batches of each
};

Description judge(std::string_view text) {
  const auto words = words_of(text);
  Description found;
  found.empty = words.empty();
  bool epoch = false, number = false;
  for (const auto& word : words) {
    found.other_work = found.other_work || begins_with_any(word, kOtherWork);
    found.training = found.training || begins_with_any(word, kTraining);
    found.epochs_only = found.epochs_only || (word == "epochs" && words.size() == 1);
    epoch = epoch || word == "epoch" || (word.starts_with("epoch") && is_number(word.substr(5)));
    number = number || is_number(word) ||
             (word.starts_with("epoch") && word != "epoch" && word != "epochs");
  }
  found.training = found.training || (epoch && number);
  found.epoch_unnumbered = epoch && words.size() == 1 && !number;
  return found;
}

bool counts_bytes(std::string_view unit) {
  return unit == "B" || unit == "iB" || unit == "bytes" || unit.ends_with("iB") || unit == "byte";
}

bool counts_steps(std::string_view unit) {
  return std::ranges::find(kStepUnits, unit) != kStepUnits.end();
}

bool counts_epochs(std::string_view unit) {
  return unit == "epoch" || unit == "epochs" || unit == "ep";
}

}  // namespace

BarKind kind_of(const ProgressBar& bar) {
  const Description description = judge(bar.description);
  if (counts_bytes(bar.unit) || counts_epochs(bar.unit) || description.epochs_only)
    return BarKind::other;
  if (bar.learning_rate) return BarKind::measured;
  if (description.other_work) return BarKind::other;
  if (bar.loss) return BarKind::measured;
  if (!counts_steps(bar.unit) || description.epoch_unnumbered) return BarKind::other;
  if (description.training) return BarKind::named;
  return description.empty && bar.total ? BarKind::plain : BarKind::other;
}

bool is_training_bar(const ProgressBar& bar) {
  return kind_of(bar) != BarKind::other;
}

bool names_other_work(std::string_view text) {
  return std::ranges::any_of(words_of(text),
                             [](const auto& word) { return begins_with_any(word, kOtherWork); });
}

bool same_but_for_numbers(std::string_view a, std::string_view b) {
  const auto skip_number = [](std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
    return length;
  };
  while (true) {
    const std::size_t in_a = skip_number(a), in_b = skip_number(b);
    if ((in_a == 0) != (in_b == 0)) return false;
    a.remove_prefix(in_a);
    b.remove_prefix(in_b);
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    if (in_a > 0) continue;
    if (a[0] != b[0]) return false;
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
}

}  // namespace tidemark
