// whatif: the peak under other settings, by the model of a run.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "cli/commands.h"
#include "cli/keep_prediction.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

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
  return SettingChange{whole_setting_path(words.substr(0, equals)),
                       value_of_words(words.substr(equals + 1))};
}

/// The words of the call are off.
int refuse(const Error& error) {
  say(error.message);
  return 2;
}

}  // namespace

int whatif_command(const WhatifOptions& options) {
  auto store = open_store(options.job.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto question = question_of(*store, options);
  if (!question) return fail_with(question.error());
  std::vector<SettingChange> changes;
  for (const auto& words : options.set) {
    auto change = change_of(words);
    if (!change) return refuse(change.error());
    changes.push_back(std::move(*change));
  }
  const auto answer = ask_whatif(question->report, std::move(changes), question->recipe);
  if (!answer)
    return answer.error().code == Errc::invalid ? refuse(answer.error())
                                                : fail_with(answer.error());
  if (!options.no_keep && (question->recipe || !answer->changes.empty()))
    keep_prediction(options.job.database, question->run.key, [&](double now) {
      return prediction_to_keep(question->report.analysis, answer->settings, "whatif",
                                answer->changes, now);
    });
  const auto text = options.job.json ? whatif_json(*answer, 2) + "\n" : whatif_text(*answer);
  (void)std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace tidemark
