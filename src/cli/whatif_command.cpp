// whatif: the peak under other settings, by the model of a run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/keep_prediction.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

/// The run whose model is asked, and the recipe to ask it for.
struct Question {
  StoredRun run{};
  Report report{};
  std::optional<Recipe> recipe{};  // of a config that has not run
};

Result<Question> ask_run(Store& store, StoredRun run) {
  auto report = build_report(store, run, report_options_for(run));
  if (!report) return std::unexpected(report.error());
  return Question{std::move(run), std::move(*report), std::nullopt};
}

/// The run of this machine that says most of a config that has not run.
Result<Question> ask_like(Store& store, const JobConfig& config, const std::string& name) {
  auto like = find_like_run(store, config, read_host_identity(HostRoot{}).name, name);
  if (!like) return std::unexpected(like.error());
  auto question = ask_run(store, std::move(like->run));
  if (!question) return question;
  question->report.analysis.model = std::move(like->model);
  question->recipe = std::move(like->recipe);
  return question;
}

Result<Question> question_of(Store& store, const WhatifOptions& options) {
  auto run = find_run(store, options.job.job, options.job.run);
  if (run) return ask_run(store, std::move(*run));
  std::error_code error;
  if (!std::filesystem::is_regular_file(options.job.job, error))
    return std::unexpected(run.error());
  const auto config = JobConfig::load(options.job.job);
  if (!config) return std::unexpected(config.error());
  return ask_like(store, *config, options.job.job);
}

Result<SettingChange> change_of(const std::string& words) {
  const auto equals = words.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(Errc::invalid, fmt::format("--set {}: give PATH=VALUE", words));
  auto path = words.substr(0, equals);
  // "train.batch_size" is short for the first process's.
  if (!path.starts_with("config.")) path = "config.process[0]." + path;
  return SettingChange{std::move(path), value_of_words(words.substr(equals + 1))};
}

struct Answer {
  std::vector<SettingChange> changes{};
  Prediction now{}, then{};
  PoolPeak pool{};
  Bytes target{};
};

Json range_json(const Range& range) {
  return {{"low", to_gib(to_bytes(range.low))},
          {"likely", to_gib(to_bytes(range.likely))},
          {"high", to_gib(to_bytes(range.high))}};
}

Json value_json(const ConfigValue& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
          return nullptr;
        else
          return held;
      },
      value);
}

/// The measured parts, each as the prediction changes it; the rest of a change is a part of its
/// own.
Json breakdown_json(const Analysis& analysis, const Prediction& then) {
  std::vector<std::pair<std::string, double>> parts;
  for (const auto& part : analysis.breakdown)
    parts.emplace_back(part.component, static_cast<double>(part.held.count));
  for (const auto& change : then.changes) {
    auto found = std::ranges::find(parts, change.component, &std::pair<std::string, double>::first);
    if (found == parts.end() || found->second + change.bytes.likely < 0)
      found = std::ranges::find_if(parts, [](const auto& part) {
        return part.first == "main_process" || part.first == "gpu_tensors" ||
               part.first == "gpu_memory";
      });
    if (found != parts.end())
      found->second = std::max(found->second + change.bytes.likely, 0.0);
    else
      parts.emplace_back(std::string{change.component}, std::max(change.bytes.likely, 0.0));
  }
  Json array = Json::array();
  for (const auto& [component, bytes] : parts)
    array.push_back({{"component", component}, {"gb", to_gib(to_bytes(bytes))}});
  return array;
}

std::string json_answer(const Question& question, const Answer& answer) {
  const auto& model = *question.report.analysis.model;
  Json settings = Json::array(), changes = Json::array(), learned = Json::array();
  for (const auto& [id, job, run] : model.learned_from)
    learned.push_back({{"job", job}, {"run", run}});
  for (const auto& change : answer.changes)
    settings.push_back(
        {{"config_path", change.path},
         {"current_value", value_json(value_at(model.recipe, change.path).value_or(ConfigValue{}))},
         {"value", value_json(change.value)}});
  for (const auto& change : answer.then.changes)
    changes.push_back({{"component", change.component}, {"gb", range_json(change.bytes)}});
  return Json{{"job", question.run.info.job_name},
              {"run", question.run.key.number},
              {"settings", settings},
              {"pool", answer.pool.name},
              {"limit_gb", to_gib(answer.pool.limit)},
              {"current_peak_gb", to_gib(answer.pool.peak)},
              {"predicted_peak_gb", to_gib(to_bytes(answer.then.peak.likely))},
              {"predicted_peak_low_gb", to_gib(to_bytes(answer.then.peak.low))},
              {"predicted_peak_high_gb", to_gib(to_bytes(answer.then.peak.high))},
              {"target_gb", to_gib(answer.target)},
              {"fits", answer.then.peak.high <= static_cast<double>(answer.target.count)},
              {"phase", answer.then.phase},
              {"changes", changes},
              {"breakdown", breakdown_json(question.report.analysis, answer.then)},
              {"learned_from", learned},
              {"not_known", model.not_known}}
             .dump(2) +
         "\n";
}

std::string text_answer(const Question& question, const Answer& answer) {
  const auto& then = answer.then;
  const auto bytes = [](double count) { return format_bytes(to_bytes(count)); };
  const bool fits = then.peak.high <= static_cast<double>(answer.target.count);
  auto text = fmt::format("{}: predicted peak {} ({} to {}) of {}, now {}\n",
                          fits ? "Fits"
                          : then.peak.likely <= static_cast<double>(answer.pool.limit.count)
                              ? "May fit"
                              : "Does not fit",
                          bytes(then.peak.likely), bytes(then.peak.low), bytes(then.peak.high),
                          format_bytes(answer.pool.limit), format_bytes(answer.pool.peak));
  for (const auto& change : then.changes)
    text += fmt::format("  {:<20} {}{} ({}{} to {}{})\n", change.component,
                        change.bytes.likely < 0 ? "-" : "+", bytes(std::abs(change.bytes.likely)),
                        change.bytes.low < 0 ? "-" : "+", bytes(std::abs(change.bytes.low)),
                        change.bytes.high < 0 ? "-" : "+", bytes(std::abs(change.bytes.high)));
  if (then.changes.empty()) text += "  nothing that is in this peak changes\n";
  const auto learned = learned_sentence(*question.report.analysis.model);
  text += fmt::format("By the model of {}, run {}{}.\n", printable(question.run.info.job_name, 60),
                      question.run.key.number, learned.empty() ? "" : "; " + learned);
  for (const auto& unknown : question.report.analysis.model->not_known)
    text += "Not known: " + unknown + ".\n";
  return text;
}

}  // namespace

int whatif_command(const WhatifOptions& options) {
  auto store = open_store(options.job.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto question = question_of(*store, options);
  if (!question) return fail_with(question.error());
  const auto& analysis = question->report.analysis;
  if (!analysis.model)
    return fail_with(
        analysis.recipe
            ? "no memory pool with a limit was seen in this run: nothing to predict from"
            : "the run has no config of a client that is known (ai-toolkit's): its "
              "settings cannot be told");
  auto recipe = question->recipe.value_or(analysis.model->recipe);
  Answer answer{.pool = *analysis.summary.limiting_pool};
  for (const auto& words : options.set) {
    auto change = change_of(words);
    if (!change) {
      say(change.error().message);
      return 2;
    }
    if (!apply_change(recipe, *change)) {
      say(fmt::format(
          "--set {}: no setting with a known effect on memory has this path, or the value "
          "is of another kind",
          words));
      return 2;
    }
    answer.changes.push_back(std::move(*change));
  }
  answer.now = predict(*analysis.model, analysis.model->recipe);
  answer.then = predict(*analysis.model, recipe);
  if (question->recipe || !answer.changes.empty())
    keep_prediction(options.job.database, question->run.key, [&](double now) {
      return prediction_to_keep(analysis, recipe, "whatif", answer.changes, now);
    });
  answer.target = to_bytes(analysis.facts.info.settings.memory_warning_ratio *
                           static_cast<double>(answer.pool.limit.count));
  const auto text =
      options.job.json ? json_answer(*question, answer) : text_answer(*question, answer);
  (void)std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace tidemark
