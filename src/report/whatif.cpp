#include "report/whatif.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/config_value_json.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Parts = std::vector<std::pair<std::string, Bytes>>;

/// Where a change is taken from when its own part is not shown: what holds it unseen.
bool holds_the_unseen(const Parts::value_type& part) {
  return part.first == "main_process" || part.first == "gpu_tensors" || part.first == "gpu_memory";
}

/// The measured parts, each as the prediction changes it; the rest of a change is a part of its
/// own.
Parts changed_breakdown(const Analysis& analysis, const Prediction& then) {
  Parts parts;
  for (const auto& part : analysis.breakdown) parts.emplace_back(part.component, part.held);
  for (const auto& change : then.changes) {
    const auto bytes = to_bytes(change.bytes.likely);
    auto found = std::ranges::find(parts, change.component, &Parts::value_type::first);
    if (found == parts.end() || found->second + bytes < Bytes{})
      found = std::ranges::find_if(parts, holds_the_unseen);
    if (found != parts.end())
      found->second = std::max(found->second + bytes, Bytes{});
    else
      parts.emplace_back(std::string{change.component}, std::max(bytes, Bytes{}));
  }
  return parts;
}

std::string why_no_model(const Analysis& analysis) {
  return analysis.recipe ? "no memory pool with a limit was seen in this run: nothing to predict "
                           "from"
                         : "the run has no config of a client that is known (ai-toolkit's): its "
                           "settings cannot be told";
}

}  // namespace

std::string whole_setting_path(std::string path) {
  return path.starts_with("config.") ? path : "config.process[0]." + path;
}

Result<Whatif> ask_whatif(const Report& report, std::vector<SettingChange> changes,
                          const std::optional<Recipe>& recipe) {
  const auto& analysis = report.analysis;
  if (!analysis.model || !analysis.summary.limiting_pool)
    return fail(Errc::not_found, why_no_model(analysis));
  const auto& model = *analysis.model;
  Whatif answer{.job_name = analysis.facts.info.job_name,
                .run = report.run.number,
                .pool = *analysis.summary.limiting_pool,
                .learned_from = model.learned_from,
                .learned = learned_sentence(model),
                .not_known = model.not_known};
  const auto before = recipe.value_or(model.recipe);
  auto changed = before;
  for (const auto& change : changes) {
    answer.current.push_back(value_at(before, change.path).value_or(ConfigValue{}));
    if (!apply_change(changed, change))
      return fail(Errc::invalid,
                  fmt::format("{}={}: no setting with a known effect on memory has this path, or "
                              "the value is of another kind",
                              change.path, config_value_text(change.value)));
  }
  answer.changes = std::move(changes);
  answer.then = predict(model, changed);
  answer.breakdown = changed_breakdown(analysis, answer.then);
  answer.settings = std::move(changed);
  answer.target = to_bytes(analysis.facts.info.settings.memory_warning_ratio *
                           static_cast<double>(answer.pool.limit.count));
  return answer;
}

}  // namespace tidemark
