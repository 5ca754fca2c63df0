#include <algorithm>

#include "advice/advice.h"
#include "report/recorded_errors.h"
#include "report/report.h"
#include "report/run_history.h"
#include "report/timeline.h"

namespace tidemark {
namespace {

// An error at every step is one error: more than this many tell nothing new.
constexpr std::size_t kMostLogErrors = 1000;

LogError entry_of(const SeenError& error, const std::optional<Bytes>& used) {
  LogError entry;
  entry.said.severity = error.out_of_memory ? LogSeverity::critical : LogSeverity::error;
  entry.said.exception = error.type;
  entry.said.message = error.message;
  entry.said.unix_seconds = error.at;
  entry.memory_at_time = used;
  return entry;
}

/// What the output said comes first, in its order; then what only events recorded.
void take_errors(FactsBuilder& builder, Report& report, std::vector<LogErrorRecord> said) {
  std::vector<bool> has_event(said.size());
  for (auto& one : said) report.log_errors.push_back({.said = std::move(one)});
  for (const auto& stored : report.events) {
    builder.add(stored.event);
    const auto error = recorded_error(stored.event);
    if (!error) continue;
    builder.add(*error);
    bool known = false;
    for (std::size_t i = 0; i < has_event.size() && !known; ++i) {
      if (!is_same_error(report.log_errors[i].said, *error)) continue;
      known = has_event[i] = true;
      if (!report.log_errors[i].said.unix_seconds)
        report.log_errors[i].said.unix_seconds = error->at;
    }
    if (!known && report.log_errors.size() < kMostLogErrors)
      report.log_errors.push_back(entry_of(*error, stored.used));
  }
  for (std::size_t i = 0; i < has_event.size(); ++i)
    builder.add(report.log_errors[i].said, has_event[i]);
}

std::optional<JobConfig> parse_config(const RunInfo& info) {
  if (info.config_json.empty()) return std::nullopt;
  auto config = JobConfig::parse(info.config_json, "the stored config");
  return config ? std::optional{std::move(*config)} : std::nullopt;
}

// The rows of single processes that were kept with the sample, where any were.
void load_details(Store& store, SampleRow& sample) {
  if (sample.id <= 0) return;
  if (auto processes = store.processes(sample.id)) sample.processes = std::move(*processes);
  for (auto& gpu : sample.gpus)
    if (auto listed = store.gpu_processes(sample.id, gpu.device_index, gpu.id))
      gpu.processes = std::move(*listed);
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
  auto said = store.log_errors(run.key);
  if (!said) return std::unexpected(said.error());
  take_errors(builder, report, merge_readers(std::move(*said)));
  ErrorDating dating{report.log_errors};
  const auto steps = store.for_each_step(run.key, [&](const StepRecord& step) {
    builder.add(step);
    dating.add(step);
  });
  if (!steps) return std::unexpected(steps.error());
  TimelineThinner timeline{std::max<std::size_t>(options.timeline_points, 1)};
  const auto samples = store.for_each_sample(run.key, [&](const SampleRow& sample) {
    builder.add(sample);
    dating.add(sample);
    timeline.add(sample);
  });
  if (!samples) return std::unexpected(samples.error());
  report.timeline = std::move(timeline).finish();

  auto facts = std::move(builder).finish();
  if (facts.at_peak) load_details(store, *facts.at_peak);
  const auto allocators = store.for_each_allocator_record(
      run.key, [&](const AllocatorRecord& record) { take_if_nearest(facts, record); });
  if (!allocators) return std::unexpected(allocators.error());
  const auto config = parse_config(run.info);
  const auto* known_config = config ? &*config : nullptr;
  const auto earlier = load_earlier_runs(store, known_config, run.info.host,
                                         run.info.anchor.unix_seconds(run.info.anchor.boot));
  if (!earlier) return std::unexpected(earlier.error());
  report.analysis = analyze(std::move(facts), known_config, *earlier);
  auto advice = advise(report.analysis);
  report.analysis.recommendations = std::move(advice.recommendations);
  report.analysis.plan = std::move(advice.plan);
  report.analysis.left_out = std::move(advice.left_out);
  auto check = check_prediction(store, report.analysis, known_config);
  if (!check) return std::unexpected(check.error());
  report.prediction_check = std::move(*check);
  return report;
}

}  // namespace tidemark
