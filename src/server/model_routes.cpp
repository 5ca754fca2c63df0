// What a run's model and its advice say: other settings, the patched config, two runs compared.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "server/query.h"
#include "server/server.h"
#include "server/settings_body.h"

namespace tidemark {
namespace {

/// "plan", or ids with commas between them, which become its list. Absent: too many.
std::vector<std::string> ids_in(std::string_view text) {
  std::vector<std::string> ids;
  if (text == "plan") return ids;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (end > 0) ids.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ids;
}

/// Those of the named recommendations, then those that were set by hand.
Result<std::vector<SettingChange>> changes_of(const SettingsBody& body, const Analysis& analysis) {
  if (body.only.empty()) return body.set;
  auto changes = chosen_changes(analysis, body.only);
  if (changes) changes->insert(changes->end(), body.set.begin(), body.set.end());
  return changes;
}

/// The job's name, as far as any file system takes it.
std::string file_name_of(const RunInfo& info, bool is_json) {
  std::string name;
  for (const char c : info.job_name.substr(0, 80)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
    name += plain ? c : '_';
  }
  return (name.empty() ? "config" : name) + (is_json ? ".json" : ".yaml");
}

WebResponse file_answer(const ConfigChange& change, const RunInfo& info) {
  auto response = json_answer(change.after);
  response.type = change.is_json ? "application/json" : "application/yaml";
  response.download_name = file_name_of(info, change.is_json);
  return response;
}

}  // namespace

/// Kept as answers are: a slider that is moved asks many times.
Result<Site::SharedReport> Site::report_of(Store& store, const StoredRun& run) {
  return reports_.get(
      fmt::format("{} {}", run.key.id, run.key.job_id), state_of(run),
      [&]() -> Result<SharedReport> {
        auto report = build_report(
            store, run,
            {.timeline_points = 1, .unended = options_.unended(run).value_or(Unended::lost)});
        if (!report) return std::unexpected(report.error());
        return std::make_shared<const Report>(std::move(*report));
      });
}

WebResponse Site::whatif(Store& store, const StoredRun& run, const WebRequest& request) {
  const auto body = parse_settings_body(request.body);
  if (!body) return failure_answer(body.error());
  const auto report = report_of(store, run);
  if (!report) return failure_answer(report.error());
  auto changes = changes_of(*body, (*report)->analysis);
  if (!changes) return failure_answer(changes.error());
  const auto answer = ask_whatif(**report, std::move(*changes));
  return answer ? json_answer(whatif_json(*answer)) : failure_answer(answer.error());
}

WebResponse Site::config(Store& store, const StoredRun& run, const WebRequest& request) {
  const bool posted = request.method == "POST";
  const auto* apply = request.target.find("apply");
  const auto body = posted ? parse_settings_body(request.body)
                           : SettingsBody{.only = ids_in(apply != nullptr ? *apply : "plan")};
  if (!body) return failure_answer(body.error());
  const auto report = report_of(store, run);
  if (!report) return failure_answer(report.error());
  const auto& analysis = (*report)->analysis;
  auto changes = posted ? changes_of(*body, analysis) : chosen_changes(analysis, body->only);
  if (!changes) return failure_answer(changes.error());
  auto text = options_.config_text(run.info);
  if (!text) return failure_answer(text.error());
  const auto change = change_config(**report, std::move(*text), std::move(*changes));
  if (!change) return failure_answer(change.error());
  // The file is its owner's; without a token anybody on the machine may ask.
  if (change->has_secrets && options_.access.token.empty())
    return error_answer(403,
                        "secrets stand in this config, and the server asks nobody for a token: "
                        "`tidemark apply JOB -o FILE` writes it");
  const auto* format = request.target.find("format");
  if (posted || (format != nullptr && *format == "json"))
    return json_answer(config_change_json(*change));
  return file_answer(*change, run.info);
}

Result<Site::SharedReport> Site::named_report(Store& store, const HttpTarget& target,
                                              const char* job_name, const char* run_name) {
  const auto* job = target.find(job_name);
  if (job == nullptr) return fail(Errc::invalid, "two jobs are compared: give ?a=JOB&b=JOB");
  const auto number = number_in<std::int64_t>(target, run_name, 1, 1'000'000'000);
  if (!number) return std::unexpected(number.error());
  const auto run = store.run(*job, *number);
  if (!run) return std::unexpected(run.error());
  return report_of(store, *run);
}

WebResponse Site::diff(Store& store, const WebRequest& request) {
  const auto a = named_report(store, request.target, "a", "a_run");
  if (!a) return failure_answer(a.error());
  const auto b = named_report(store, request.target, "b", "b_run");
  if (!b) return failure_answer(b.error());
  return json_answer(comparison_json(compare_runs(**a, **b)));
}

}  // namespace tidemark
