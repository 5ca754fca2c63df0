#include "logscan/classify.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "logscan/literal_set.h"

namespace tidemark {
namespace {

struct Marked {
  std::string_view words{};
  Mark mark{};
};

constexpr std::array kMarks{
    Marked{"Traceback (most recent call last)", Mark::traceback},
    Marked{"Traceback of TorchScript", Mark::traceback},
    Marked{"File \"", Mark::traceback},
    Marked{"<ipython-input-", Mark::traceback},
    Marked{".py in ", Mark::traceback},
    Marked{".py:", Mark::traceback},
    Marked{"Cell In[", Mark::traceback},
    Marked{"the above exception", Mark::traceback},
    Marked{"The above exception", Mark::traceback},
    Marked{"Exception ignored ", Mark::traceback},
    Marked{"--- Logging error ---", Mark::traceback},
    Marked{"terminate called after", Mark::traceback},
    Marked{"what():", Mark::traceback},
    Marked{"Fatal Python error", Mark::traceback},
    Marked{"Error", Mark::traceback},
    Marked{"Exception", Mark::traceback},
    Marked{"KeyboardInterrupt", Mark::traceback},
    Marked{"socket.timeout", Mark::traceback},
    Marked{"ReadTimeout", Mark::traceback},
    Marked{"ConnectTimeout", Mark::traceback},
    Marked{"Warning", Mark::warning},
    Marked{"WARN", Mark::warning},
    Marked{"warning: ", Mark::warning},
    Marked{"ERROR", Mark::warning},
    Marked{"CRITICAL", Mark::warning},
    Marked{"FATAL", Mark::warning},
    Marked{"W tensorflow/", Mark::warning},
    Marked{"E tensorflow/", Mark::warning},
    Marked{"W external/", Mark::warning},
    Marked{"E external/", Mark::warning},
    Marked{"[warning", Mark::warning},
    Marked{"[NeMo W", Mark::warning},
    Marked{"[W", Mark::warning},
    Marked{"[E", Mark::warning},
    Marked{"tep", Mark::step},
    Marked{"iter", Mark::step},
    Marked{"Iter", Mark::step},
    Marked{"ITER", Mark::step},
    Marked{"poch", Mark::step},
    Marked{"atch", Mark::step},
    Marked{"STEP", Mark::step},
    Marked{"it ", Mark::step},
    Marked{" [=", Mark::step},
    Marked{" [>", Mark::step},
    Marked{" \xE2\x94\x81", Mark::step},
    Marked{"rain", Mark::step},
    Marked{"][", Mark::step},
    Marked{"num_updates", Mark::step},
    Marked{"nan", Mark::number_lost},
    Marked{"NaN", Mark::number_lost},
    Marked{"NAN", Mark::number_lost},
    Marked{"inf", Mark::number_lost},
    Marked{"Inf", Mark::number_lost},
    Marked{"DataLoader worker (pid", Mark::worker},
    Marked{"raining finished", Mark::finished},
    Marked{"raining complete", Mark::finished},
    Marked{"raining Complete", Mark::finished},
    Marked{"raining done", Mark::finished},
    Marked{"raining is done", Mark::finished},
    Marked{"raining is complete", Mark::finished},
    Marked{"raining has finished", Mark::finished},
    Marked{"inished training", Mark::finished},
    Marked{"inished Training", Mark::finished},
    Marked{"one training", Mark::finished},
    Marked{"ompleted training", Mark::finished},
    Marked{"raining successfully", Mark::finished},
    Marked{"train_runtime", Mark::finished},
    Marked{"`Trainer.fit` stopped: `max_", Mark::finished},
    Marked{"model saved.", Mark::finished},
    Marked{"ll done", Mark::finished},
    Marked{"Job stopped", Mark::client},
    Marked{"Job returning to queue", Mark::client},
    Marked{"Job process terminated with ", Mark::client},
    Marked{"OOM during training step, skipping batch", Mark::client},
    Marked{"Could not save optimizer", Mark::client},
    Marked{"Error running job: ", Mark::client},
    Marked{"Running 1 job", Mark::client},
    Marked{"Killed", Mark::killed},
    Marked{"killed", Mark::killed},
    Marked{"Terminated", Mark::killed},
    Marked{"Aborted", Mark::killed},
    Marked{"Bus error", Mark::killed},
    Marked{"A matching Triton is not available", Mark::traceback},
};

/// The patterns first, in their order, then the marks.
struct Words {
  std::span<const Pattern> patterns = all_patterns();
  std::vector<std::string_view> all{};
  Words() {
    for (const auto& pattern : patterns) all.push_back(pattern.words);
    for (const auto& marked : kMarks) all.push_back(marked.words);
  }
};

const Words& words() {
  static const Words kWords;
  return kWords;
}
const LiteralSet& literals() {
  static const LiteralSet kLiterals{words().all};
  return kLiterals;
}

bool holds(const Pattern& pattern, std::string_view text) {
  return (pattern.also.empty() || text.contains(pattern.also)) &&
         (pattern.unless.empty() || !text.contains(pattern.unless));
}

std::optional<std::size_t> first_pattern(std::string_view text) {
  std::optional<std::size_t> best;
  literals().for_each(text, [&](std::uint32_t index, std::size_t) {
    if (index < words().patterns.size() && (!best || index < *best) &&
        holds(words().patterns[index], text))
      best = index;
    return true;
  });
  return best;
}

const ExceptionClass* class_of(std::string_view name) {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, const ExceptionClass*> by_name;
    for (const auto& known : exception_classes()) by_name.try_emplace(known.name, &known);
    return by_name;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

bool is_only_echo(const ExceptionClass* known) {
  return known && known->weight == Weight::echo;
}

/// What has no words of its own: the frames tell.
std::optional<Judgement> judge_by_frames(const Raised& raised, std::string_view name) {
  const bool lookup = name == "KeyError" || name == "AttributeError" || name == "TypeError" ||
                      name == "JSONDecodeError" || name == "ValueError" || name == "ParserError";
  if (lookup && raised.parsing_config)
    return Judgement{LogCategory::config_error, Weight::decisive};
  if (name == "JSONDecodeError") return Judgement{LogCategory::data_error, Weight::decisive, true};
  if (name == "ParserError") return Judgement{LogCategory::config_error, Weight::decisive, true};
  return std::nullopt;
}

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/// Inside quotes, or behind a key of prompts: somebody's words about the thing, not the thing.
bool is_quoted(std::string_view line, std::size_t at) {
  const std::string_view before = line.substr(0, at);
  if (std::ranges::count(before, '"') % 2 == 1) return true;
  if (!before.empty() && (before.back() == '\'' || before.back() == '`')) return true;
  constexpr std::array<std::string_view, 8> kKeys{"rompt", "PROMPT",     "aption",   "egative",
                                                  "title", "ample text", "Question", "nstruction"};
  return std::ranges::any_of(kKeys, [before](auto key) { return before.contains(key); });
}

/// At the head of a sentence: "RuntimeError: CUDA out of memory", not "if you see CUDA out of
/// memory".
bool is_said_plainly(std::string_view line, std::size_t at) {
  std::string_view before = line.substr(0, at);
  while (!before.empty() && is_space(before.back())) before.remove_suffix(1);
  if (before.empty()) return true;
  constexpr std::string_view kHeads = ":]>|-(=,!*";
  if (kHeads.contains(before.back())) return true;
  return before.ends_with("rror") || before.ends_with("xception") || before.ends_with("ERROR");
}

bool is_prose_prone(const Pattern& pattern) {
  using enum LogCategory;
  return pattern.category == cuda_oom || pattern.category == hip_oom ||
         pattern.category == xpu_oom || pattern.category == mps_oom ||
         pattern.category == host_oom || pattern.category == numerical;
}

bool counts_on_line(const Pattern& pattern, std::string_view line, std::size_t at) {
  if (pattern.said == Said::raised || !holds(pattern, line)) return false;
  // HIP's runtime prints its errors in quotes of its own.
  const bool own_quote = at == 1 && pattern.category == LogCategory::cuda_error;
  if (is_quoted(line, at) && !own_quote) return false;
  if (!is_prose_prone(pattern) || pattern.weight == Weight::warning) return true;
  return line.contains("ried to allocate") || line.contains("rying to allocate") ||
         is_said_plainly(line, at);
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '/';
}

/// The key before a value that begins at `at`, in lower case: "eval_loss = nan" -> "eval_loss".
/// A space alone assigns where numbers stand around it: "step 11 loss nan".
std::string key_before(std::string_view line, std::size_t at) {
  constexpr std::string_view kBetween = " \t=:'\"([";
  std::size_t end = at;
  bool assigned = false;
  while (end > 0 && (kBetween.contains(line[end - 1]))) {
    assigned = assigned || line[end - 1] == '=' || line[end - 1] == ':';
    --end;
  }
  const bool among_numbers =
      end + 1 == at && line.substr(0, end).find_first_of("0123456789") != std::string_view::npos;
  if (!assigned && !among_numbers) return {};
  std::size_t begin = end;
  while (begin > 0 && is_word_character(line[begin - 1])) --begin;
  std::string key{line.substr(begin, end - begin)};
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return key;
}

/// A zero for each number.
std::string without_numbers(std::string_view text) {
  std::string bare;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit || !bare.ends_with('0')) bare += digit ? '0' : c;
  }
  return bare;
}

/// Of patterns that count on a line of their own, those with numbers in them.
struct NumberedWords {
  std::vector<std::string> bare{};
  LiteralSet literals{gather()};

 private:
  std::vector<std::string_view> gather() {
    for (const auto& pattern : all_patterns())
      if (pattern.said != Said::raised &&
          pattern.words.find_first_of("0123456789") != std::string_view::npos)
        bare.push_back(without_numbers(pattern.words));
    return {bare.begin(), bare.end()};
  }
};

/// A loss, and not a bound or a scale of one.
bool is_loss_key(std::string_view key) {
  constexpr std::array<std::string_view, 8> kOthers{"best",   "min",  "max",   "scal",
                                                    "weight", "coef", "limit", "thresh"};
  return key.contains("loss") &&
         std::ranges::none_of(kOthers, [key](auto other) { return key.contains(other); });
}

}  // namespace

Judgement judge_raised(const Raised& raised, std::string_view text) {
  const std::string name = last_component_of(raised.type);
  const auto* known = class_of(name);
  const auto pattern = first_pattern(text);
  if (pattern) {
    const auto& said = words().patterns[*pattern];
    // A launcher's summary that names the signal says more than that it is one.
    if (said.weight != Weight::warning) {
      if (is_only_echo(known) && said.category != LogCategory::host_oom_kill)
        return {said.category, Weight::echo, true};
      if (known && said.category == LogCategory::config_error &&
          known->category != LogCategory::config_error)
        return {known->category, known->weight, true};
      return {said.category, said.weight, true};
    }
  }
  if (known) return {known->category, known->weight, true};
  if (name.contains("Config")) return {LogCategory::config_error, Weight::decisive, true};
  if (text.contains("Address already in use") && raised.distributed)
    return {LogCategory::nccl_error, Weight::decisive, true};
  if (const auto by_frames = judge_by_frames(raised, name)) return *by_frames;
  if (name == "KeyboardInterrupt") return {LogCategory::other_error, Weight::weak, true};
  return {LogCategory::other_error, Weight::decisive, false};
}

Signs find_signs(std::string_view line) {
  Signs signs;
  std::optional<std::size_t> best;
  const std::size_t patterns = words().patterns.size();
  literals().for_each(line, [&](std::uint32_t index, std::size_t at) {
    if (index >= patterns) {
      signs.marks |= static_cast<std::uint32_t>(kMarks[index - patterns].mark);
      return true;
    }
    if ((!best || index < *best) && counts_on_line(words().patterns[index], line, at)) best = index;
    return true;
  });
  if (best) {
    const Pattern& said = words().patterns[*best];
    signs.said = Judgement{said.category, said.weight, true, said.said == Said::ending};
  }
  return signs;
}

bool depends_on_numbers(std::string_view line) {
  static const NumberedWords kNumbered;
  bool depends = false;
  kNumbered.literals.for_each(without_numbers(line), [&](std::uint32_t, std::size_t) {
    depends = true;
    return false;
  });
  return depends;
}

bool shows_lost_loss(std::string_view line) {
  constexpr std::array<std::string_view, 5> kLost{"nan", "NaN", "NAN", "inf", "Inf"};
  for (const auto lost : kLost)
    for (auto at = line.find(lost); at != std::string_view::npos; at = line.find(lost, at + 1)) {
      const std::size_t end = at + 3;
      if (end < line.size() && is_word_character(line[end])) continue;
      const std::size_t value = at > 0 && line[at - 1] == '-' ? at - 1 : at;
      const std::string key = key_before(line, value);
      if (is_loss_key(key)) return true;
    }
  // transformers in half precision: the loss is shown as zero, the gradients as what they are.
  return line.contains("'loss': 0.0,") && line.contains("'grad_norm': nan");
}

}  // namespace tidemark
