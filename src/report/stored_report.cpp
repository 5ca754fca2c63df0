// The contract's answer from a report that was stored when the run had ended: without a pass over
// its steps, which are most of what was recorded.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/contract_parts.h"
#include "report/judged_by.h"
#include "report/report.h"
#include "report/timeline.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

std::string first_field() {
  return fmt::format("{{\"judged_by\":\"{}\",", judged_by());
}

/// Absent: there is none, not of the run as it ended, or by other code than this.
Result<std::optional<std::string>> stored_analysis(Store& store, const StoredRun& run) {
  if (!run.end) return std::nullopt;
  auto report = store.report(run.key);
  if (!report) return std::unexpected(report.error());
  if (!*report || (*report)->created_at < run.end->unix_seconds) return std::nullopt;
  auto& text = (*report)->analysis;
  // Anybody can write the table.
  const auto maker = first_field();
  if (!text.starts_with(maker) || !text.ends_with('}') || !Json::accept(text)) return std::nullopt;
  return "{" + text.substr(maker.size());
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string with_maker(std::string_view analysis) {
  return first_field().append(analysis.substr(1));
}

Result<std::optional<std::string>> stored_report_json(Store& store, const StoredRun& run,
                                                      std::size_t timeline_points) {
  auto analysis = stored_analysis(store, run);
  if (!analysis || !*analysis) return analysis;
  const auto events = store.events(run.key);
  if (!events) return std::unexpected(events.error());
  TimelineThinner timeline{std::max<std::size_t>(timeline_points, 1)};
  FactsBuilder builder{run.info, run.key.number, run.end, run.drops};
  const auto samples = store.for_each_sample(run.key, [&](const SampleRow& sample) {
    builder.add(sample);
    timeline.add(sample);
  });
  if (!samples) return std::unexpected(samples.error());
  const auto facts = std::move(builder).finish();
  auto text = std::move(**analysis);
  text.back() = ',';
  text += "\"events\":" + text_of(events_json(*events));
  text += ",\"metrics_timeline\":";
  text += text_of(timeline_json(std::move(timeline).finish(), facts.baseline, facts.machine)) + "}";
  return text;
}

}  // namespace tidemark
