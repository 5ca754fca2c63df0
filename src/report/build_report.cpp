#include <algorithm>

#include "advice/advice.h"
#include "report/recorded_errors.h"
#include "report/report.h"
#include "report/timeline.h"

namespace tidemark {
namespace {

// An error at every step is one error: more than this many tell nothing new.
constexpr std::size_t kMostLogErrors = 1000;

void take_events(FactsBuilder& builder, Report& report) {
  for (const auto& stored : report.events) {
    builder.add(stored.event);
    const auto error = recorded_error(stored.event);
    if (!error) continue;
    builder.add(*error);
    if (report.log_errors.size() < kMostLogErrors)
      report.log_errors.push_back({.timestamp = error->at,
                                   .out_of_memory = error->out_of_memory,
                                   .exception = error->type,
                                   .message = error->message,
                                   .memory_at_time = stored.used});
  }
}

std::optional<JobConfig> parse_config(const RunInfo& info) {
  if (info.config_json.empty()) return std::nullopt;
  auto config = JobConfig::parse(info.config_json, "the stored config");
  return config ? std::optional{std::move(*config)} : std::nullopt;
}

}  // namespace

Result<Report> build_report(Store& store, const StoredRun& run, const ReportOptions& options) {
  Report report;
  report.run = run.key;
  auto events = store.events(run.key);
  if (!events) return std::unexpected(events.error());
  report.events = std::move(*events);

  FactsBuilder builder{run.info, run.key.number, run.end, run.drops};
  builder.set_unended(options.unended);
  take_events(builder, report);
  ErrorDating dating{report.log_errors};
  TimelineThinner timeline{std::max<std::size_t>(options.timeline_points, 1)};
  const auto samples = store.for_each_sample(run.key, [&](const SampleRow& sample) {
    builder.add(sample);
    dating.add(sample);
    timeline.add(sample);
  });
  if (!samples) return std::unexpected(samples.error());
  const auto steps =
      store.for_each_step(run.key, [&](const StepRecord& step) { builder.add(step); });
  if (!steps) return std::unexpected(steps.error());
  report.timeline = std::move(timeline).finish();

  auto facts = std::move(builder).finish();
  if (facts.at_peak && facts.at_peak->id > 0)
    if (auto processes = store.processes(facts.at_peak->id))
      facts.at_peak->processes = std::move(*processes);
  const auto config = parse_config(run.info);
  report.analysis = analyze(std::move(facts), config ? &*config : nullptr);
  report.analysis.recommendations = advise(report.analysis, config ? &*config : nullptr);
  return report;
}

}  // namespace tidemark
