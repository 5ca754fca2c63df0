#include "logscan/bar_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace tidemark {
namespace {

enum class Meaning : std::uint8_t { loss, learning_rate, gradient_norm };

struct KeyRule {
  std::string_view name;
  Meaning meaning;
  int rank;  // the highest wins
};

// Whole names first; a loss by any other name is found by `kLoss` below.
constexpr std::array kKeyRules{
    KeyRule{"loss", Meaning::loss, 4},
    KeyRule{"train_loss", Meaning::loss, 3},
    KeyRule{"step_loss", Meaning::loss, 3},
    KeyRule{"loss_step", Meaning::loss, 3},
    KeyRule{"loss/loss", Meaning::loss, 3},
    KeyRule{"train/loss", Meaning::loss, 3},
    KeyRule{"lr", Meaning::learning_rate, 4},
    KeyRule{"learning_rate", Meaning::learning_rate, 4},
    KeyRule{"lr_abs", Meaning::learning_rate, 3},
    KeyRule{"train/lr", Meaning::learning_rate, 3},
    KeyRule{"grad_norm", Meaning::gradient_norm, 4},
    KeyRule{"gnorm", Meaning::gradient_norm, 3},
    KeyRule{"gradient_norm", Meaning::gradient_norm, 4},
};
constexpr std::string_view kLoss = "loss";
constexpr std::array<std::string_view, 6> kNotTraining{"val", "eval",  "test",
                                                       "dev", "scale", "best"};

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_key_character(char c) {
  return is_alnum(c) || c == '_' || c == '/' || c == '.' || c == '-';
}

constexpr std::size_t kLongestKey = 48;

/// The key that `text` ends with, in lower case; a quote and spaces may follow it.
std::string key_before(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.empty() && (text.back() == '\'' || text.back() == '"')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && text.size() - begin <= kLongestKey && is_key_character(text[begin - 1]))
    --begin;
  std::string key{text.substr(begin)};
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return key;
}

std::optional<KeyRule> rule_for(const std::string& key) {
  for (const auto& rule : kKeyRules)
    if (key == rule.name) return rule;
  const bool foreign =
      std::ranges::any_of(kNotTraining, [&](auto word) { return key.contains(word); });
  if (key.contains(kLoss) && !foreign) return KeyRule{kLoss, Meaning::loss, 1};
  if (key.starts_with("lr_") || key.starts_with("lr/") || key.starts_with("lr-"))
    return KeyRule{"lr", Meaning::learning_rate, 1};
  return std::nullopt;
}

/// The number at the front of `text`; "tensor(0.26, ...)" counts, "3rd" does not.
std::optional<double> leading_number(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\'' || text.front() == '"'))
    text.remove_prefix(1);
  constexpr std::string_view kTensor = "tensor(";
  if (text.starts_with(kTensor)) text.remove_prefix(kTensor.size());
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const bool goes_on = end != text.data() + text.size() && (is_alnum(*end) || *end == '_');
  return goes_on ? std::nullopt : std::optional{number};
}

class Best {
 public:
  void offer(double value, int rank) {
    if (rank <= rank_) return;
    value_ = value;
    rank_ = rank;
  }
  std::optional<double> value() const { return rank_ > 0 ? std::optional{value_} : std::nullopt; }

 private:
  double value_ = 0;
  int rank_ = 0;
};

}  // namespace

BarValues parse_bar_values(std::string_view text) {
  std::array<Best, 3> best{};
  for (auto at = text.find_first_of("=:"); at != std::string_view::npos;
       at = text.find_first_of("=:", at + 1)) {
    const auto rule = rule_for(key_before(text.substr(0, at)));
    if (!rule) continue;
    const auto number = leading_number(text.substr(at + 1));
    if (number) best[static_cast<std::size_t>(rule->meaning)].offer(*number, rule->rank);
  }
  return {best[0].value(), best[1].value(), best[2].value()};
}

}  // namespace tidemark
