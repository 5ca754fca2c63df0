#include <algorithm>
#include <chrono>

#include "live/live.h"

namespace tidemark {
namespace {

constexpr std::size_t kSteps = 240;  // that the rate and the loss are told by
constexpr std::size_t kEvents = 40;
constexpr std::size_t kLogErrors = 20;
constexpr std::size_t kChoices = 100;
// The analysis reads all of the run: at most this share of the time goes into it.
constexpr double kVerdictShare = 0.005;
constexpr double kVerdictPause = 2;  // seconds, at least

LivePoint point_of(const SampleRow& sample) {
  return {.at = sample.unix_seconds,
          .pools = pools_of(sample),
          .main = sample.main_process ? sample.main_process : sample.main_rss,
          .workers = sample.worker_count.value_or(0) > 0 ? sample.worker : std::nullopt,
          .swap = sample.swap_used};
}

Result<LiveVerdict> judge(const LiveSources& sources, const StoredRun& run,
                          const std::stop_token& leaving) {
  const auto begun = std::chrono::steady_clock::now();
  auto store = sources.open(leaving);
  if (!store) return std::unexpected(store.error());
  LiveVerdict verdict{.as_of = sources.unix_now()};
  auto report = build_report(
      *store, run, {.timeline_points = 1, .unended = sources.unended(run).value_or(Unended::lost)});
  if (!report) return std::unexpected(report.error());
  auto& summary = report->analysis.summary;
  verdict.health = summary.health;
  verdict.sentence = std::move(summary.verdict);
  verdict.pool = std::move(summary.limiting_pool);
  auto& errors = report->log_errors;
  if (errors.size() > kLogErrors)
    errors.erase(errors.begin(), errors.end() - static_cast<std::ptrdiff_t>(kLogErrors));
  verdict.log_errors = std::move(errors);
  verdict.cost_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return verdict;
}

bool is_ready(const std::future<Result<LiveVerdict>>& answer) {
  return answer.valid() && answer.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
}

}  // namespace

LiveReader::LiveReader(Store store, LiveSources sources)
    : store_(std::move(store)), sources_(std::move(sources)) {}

void LiveReader::look_at(LiveTarget target) {
  if (target == target_) return;
  target_ = std::move(target);
  version_.reset();
}

void LiveReader::set_window(double seconds) {
  if (seconds == known_.window_seconds) return;
  known_.window_seconds = seconds;
  has_points_ = false;
  version_.reset();
}

/// Another run, or the first one: nothing that was known is of it.
void LiveReader::forget() {
  LiveSnapshot empty;
  empty.window_seconds = known_.window_seconds;
  known_ = std::move(empty);
  has_points_ = false;
  next_verdict_at_ = 0;
  verdict_is_old_ = true;
}

/// The run that the target means now: a job that is started again is followed.
Result<StoredRun> LiveReader::find_run() {
  if (!target_.job_id.empty()) return store_.run(target_.job_id, target_.number);
  if (!known_.choices.empty()) {
    // What is shown stays as long as it goes on.
    const LiveChoice shown{known_.run.key, {}};
    const bool goes_on = any_ && std::ranges::find(known_.choices, shown) != known_.choices.end();
    const auto& run = goes_on ? shown.run : known_.choices.front().run;
    return store_.run(run.job_id, run.number);
  }
  const auto job = store_.resolve_job("last");
  if (!job) return std::unexpected(job.error());
  return store_.run(*job);
}

Result<void> LiveReader::refresh_points() {
  auto& points = known_.points;
  const double from = known_.until() - known_.window_seconds;
  if (!has_points_) points.clear();
  const double after = points.empty() ? from : points.back().at;
  auto read = store_.for_each_sample_after(
      known_.run.key, after, [&points](const SampleRow& row) { points.push_back(point_of(row)); });
  if (!read) return read;
  has_points_ = true;
  return {};
}

Result<void> LiveReader::refresh() {
  auto running = store_.unended_runs();
  if (!running) return std::unexpected(running.error());
  std::vector<LiveChoice> choices;
  for (auto& run : *running) {
    const auto state = sources_.unended(run);
    const bool goes_on = state == Unended::recording || state == Unended::unwatched;
    if (!goes_on || choices.size() == kChoices) continue;
    choices.push_back({std::move(run.key), std::move(run.info.job_name)});
  }
  known_.choices = choices;
  auto run = find_run();
  if (!run) return std::unexpected(run.error());
  const bool same =
      any_ && run->key.job_id == known_.run.key.job_id && run->key.number == known_.run.key.number;
  if (!same) forget();
  any_ = true;
  known_.choices = std::move(choices);
  known_.run = std::move(*run);
  known_.now = sources_.unix_now();
  if (auto points = refresh_points(); !points) return points;
  auto last = store_.last_sample(known_.run.key);
  if (!last) return std::unexpected(last.error());
  known_.last = std::move(*last);
  const auto steps = store_.last_steps(known_.run.key, kSteps);
  if (!steps) return std::unexpected(steps.error());
  known_.steps = summarize_steps(*steps);
  auto events = store_.last_events(known_.run.key, kEvents);
  if (!events) return std::unexpected(events.error());
  known_.events = std::move(*events);
  verdict_is_old_ = true;
  return {};
}

/// Takes a verdict that has come, and has the next one made when it is time.
void LiveReader::refresh_verdict(bool wait) {
  if (verdict_.valid() && (wait || is_ready(verdict_))) {
    auto verdict = verdict_.get();
    const bool of_this =
        judging_.job_id == known_.run.key.job_id && judging_.number == known_.run.key.number;
    if (!verdict) {
      next_verdict_at_ = sources_.unix_now() + kVerdictPause;
      verdict_is_old_ = true;
    } else if (of_this) {
      next_verdict_at_ =
          sources_.unix_now() + std::max(kVerdictPause, verdict->cost_seconds / kVerdictShare);
      known_.verdict = std::move(*verdict);
    }
  }
  if (verdict_.valid() || !verdict_is_old_ || sources_.unix_now() < next_verdict_at_) return;
  verdict_is_old_ = false;
  judging_ = known_.run.key;
  verdict_ = std::async(std::launch::async, judge, sources_, known_.run, leaving_.get_token());
  if (wait) refresh_verdict(true);
}

Result<void> LiveReader::read(bool wait_for_verdict) {
  const auto version = store_.version();
  Result<void> read{};
  if (!version)
    read = std::unexpected(version.error());
  else if (version_ != *version)
    read = refresh();
  if (!read && !any_) return std::unexpected(read.error());
  known_.problem = read ? "" : read.error().message;
  version_ = read && version ? std::optional{*version} : std::nullopt;
  known_.now = sources_.unix_now();
  const auto state = sources_.unended(known_.run);
  known_.status = status_of(state ? exit_without_end(*state).kind : known_.run.end->exit.kind);
  refresh_verdict(wait_for_verdict);
  // What has left the window; one point before it keeps the line whole.
  auto& points = known_.points;
  const double from = known_.until() - known_.window_seconds;
  while (points.size() > 1 && points[1].at < from) points.erase(points.begin());
  return {};
}

}  // namespace tidemark
