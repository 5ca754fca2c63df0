#include "cli/log_dating.h"

#include <cmath>
#include <limits>
#include <unordered_map>

#include "cli/open_store.h"

namespace tidemark {
namespace {

/// By the time of the step, where nothing else dates a finding.
Result<void> date_by_steps(std::vector<FindingTime>& times, const LogSummary& summary, Store& store,
                           const RunKey& run) {
  std::unordered_multimap<std::int64_t, std::size_t> undated;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (const auto& step = summary.findings[i].first.step; step && !times[i].unix_seconds)
      undated.emplace(*step, i);
  if (undated.empty()) return {};
  return store.for_each_step(run, [&](const StepRecord& step) {
    const auto [first, last] = undated.equal_range(step.step);
    for (auto entry = first; entry != last; ++entry)
      times[entry->second].unix_seconds = step.unix_seconds;
  });
}

Result<void> add_memory(std::vector<FindingTime>& times, Store& store, const RunKey& run) {
  std::vector<double> distances(times.size(), std::numeric_limits<double>::infinity());
  return store.for_each_sample(run, [&](const SampleRow& sample) {
    if (!sample.main_process || !sample.used) return;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (!times[i].unix_seconds) continue;
      const double distance = std::abs(sample.unix_seconds - *times[i].unix_seconds);
      if (!(distance < distances[i])) continue;
      distances[i] = distance;
      times[i].memory = sample.used;
    }
  });
}

}  // namespace

std::vector<FindingTime> times_in(const LogSummary& summary) {
  std::vector<FindingTime> times;
  for (const auto& finding : summary.findings)
    times.push_back({.unix_seconds = finding.first.unix_seconds});
  return times;
}

Result<std::vector<FindingTime>> date_findings(const LogSummary& summary, const std::string& job,
                                               const std::string& database) {
  auto store = open_store(database, Access::read);
  if (!store) return std::unexpected(store.error());
  const auto run = find_run(*store, job, std::nullopt);
  if (!run) return std::unexpected(run.error());
  const auto marks = store->log_marks(run->key);
  if (!marks) return std::unexpected(marks.error());
  const double began = run->info.anchor.unix_seconds(run->info.anchor.boot);
  auto times = times_in(summary);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto* mark = mark_of(*marks, began, summary.findings[i].first.byte_offset);
    if (!times[i].unix_seconds && mark) times[i].unix_seconds = mark->unix_seconds;
  }
  if (auto done = date_by_steps(times, summary, *store, run->key); !done)
    return std::unexpected(done.error());
  if (auto done = add_memory(times, *store, run->key); !done) return std::unexpected(done.error());
  return times;
}

}  // namespace tidemark
