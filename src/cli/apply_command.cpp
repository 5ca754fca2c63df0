// apply: the config with the plan in it, and nothing else changed.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/commands.h"
#include "cli/keep_prediction.h"
#include "cli/line_diff.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"

namespace tidemark {
namespace {

struct Source {
  std::string name{};  // for messages
  std::string text{};
};

/// The file that the run was started with, while it is there; else the copy that was stored with
/// the run, whose secrets are masked.
Result<Source> config_of(const RunInfo& info) {
  const std::filesystem::path path{info.config_path};
  if (!info.config_path.empty()) {
    const auto file = path.is_relative() ? info.working_directory / path : path;
    std::ifstream in{file, std::ios::binary};
    std::ostringstream text;
    if (in && (text << in.rdbuf())) return Source{file.string(), std::move(text).str()};
  }
  if (info.config_json.empty())
    return fail(Errc::not_found,
                "no config is known of this run: start it with --config FILE, or name it on the "
                "trainer's command line");
  if (info.config_json.find("[redacted]") != std::string::npos)
    return fail(
        Errc::not_found,
        fmt::format("the config file {} is not there any more, and secrets are masked in the "
                    "stored copy: put the file back",
                    info.config_path.empty() ? "of this run" : info.config_path));
  return Source{"the stored config", info.config_json + "\n"};
}

/// The changes of the plan, or of the recommendations that were named.
Result<std::vector<SettingChange>> chosen_changes(const Analysis& analysis,
                                                  const std::vector<std::string>& only) {
  if (only.empty()) {
    if (!analysis.plan)
      return fail(Errc::not_found,
                  "there is no plan for this run (tidemark report says what was found); name "
                  "recommendations with --only ID,...");
    return analysis.plan->changes;
  }
  std::vector<SettingChange> changes;
  for (const auto& id : only) {
    const auto found = std::ranges::find(analysis.recommendations, id, &Recommendation::id);
    if (found == analysis.recommendations.end())
      return fail(Errc::not_found, fmt::format("no recommendation {} for this run", id));
    if (found->changes.empty())
      return fail(Errc::invalid,
                  fmt::format("{} is no setting of the config: {}", id, found->action));
    changes.insert(changes.end(), found->changes.begin(), found->changes.end());
  }
  return changes;
}

std::vector<ConfigEdit> edits_of(const std::vector<SettingChange>& changes) {
  std::vector<ConfigEdit> edits;
  for (const auto& change : changes) {
    const auto known = std::ranges::find(edits, change.path, &ConfigEdit::path);
    if (known == edits.end())
      edits.push_back({change.path, change.value});
    else
      known->value = change.value;
  }
  return edits;
}

/// The file may have changed since the run: what is applied then was predicted from other settings.
void warn_of_other_settings(const Source& source, const Analysis& analysis) {
  const auto config = JobConfig::parse(source.text, source.name);
  const auto now = config ? read_recipe(*config) : std::nullopt;
  if (!now || !analysis.recipe) return;
  for (const auto* path : {&now->train.batch_size.path, &now->train.optimizer.path,
                           &now->model.quantize.path, &now->train.gradient_checkpointing.path})
    if (value_at(*now, *path) != value_at(*analysis.recipe, *path))
      return say(
          fmt::format("{} is not what the run had any more ({} differs): the predictions are "
                      "of the run's settings",
                      source.name, *path));
}

int write_result(const ApplyOptions& options, const Source& source, const std::string& edited) {
  if (options.output.empty()) {
    const auto difference = line_diff(source.text, edited, source.name);
    (void)std::fputs(difference.c_str(), stdout);
    return 0;
  }
  if (options.output == "-") {
    (void)std::fputs(edited.c_str(), stdout);
    return 0;
  }
  std::ofstream out{options.output, std::ios::binary | std::ios::trunc};
  out << edited;
  out.close();
  if (!out)
    return fail_with(
        fmt::format("{}: cannot be written: {}", options.output, std::strerror(errno)));
  say("wrote " + options.output);
  return 0;
}

}  // namespace

int apply_command(const ApplyOptions& options) {
  auto store = open_store(options.job.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto run = find_run(*store, options.job.job, options.job.run);
  if (!run) return fail_with(run.error());
  const auto report = build_report(*store, *run, report_options_for(*run));
  if (!report) return fail_with(report.error());
  const auto changes = chosen_changes(report->analysis, options.only);
  if (!changes) return fail_with(changes.error());
  const auto source = config_of(run->info);
  if (!source) return fail_with(source.error());
  warn_of_other_settings(*source, report->analysis);
  const auto edited = edit_config(source->text, edits_of(*changes));
  if (!edited) return fail_with(source->name + ": " + edited.error().message);
  if (options.only.empty() && !report->analysis.plan->fits)
    say("this plan lowers the peak, but is not sure to fit: see tidemark report");
  keep_applied(options.job.database, run->key, report->analysis, *changes);
  return write_result(options, *source, *edited);
}

}  // namespace tidemark
