#include <algorithm>
#include <cmath>

#include "analysis/analysis.h"
#include "analysis/growth_tracker.h"
#include "analysis/pool_tracker.h"
#include "analysis/shape_tracker.h"
#include "analysis/step_tracker.h"

namespace tidemark {
namespace {

// No machine holds this; sums of such counts cannot overflow.
constexpr Bytes kImplausible{std::int64_t{1} << 56};

void drop_implausible(std::optional<Bytes>& value) {
  if (value && (value->count < 0 || *value > kImplausible)) value.reset();
}

// Rows may come from another writer: what cannot be a size is absent.
SampleRow plausible(const SampleRow& sample) {
  SampleRow row = sample;
  for (auto* value : {&row.total,
                      &row.used,
                      &row.available,
                      &row.swap_used,
                      &row.main_process,
                      &row.worker,
                      &row.gpu_memory_used,
                      &row.main_rss,
                      &row.main_peak_rss,
                      &row.main_swap,
                      &row.worker_uss,
                      &row.worker_rss,
                      &row.child,
                      &row.page_cache,
                      &row.cgroup_usage,
                      &row.cgroup_working_set,
                      &row.cgroup_limit,
                      &row.cgroup_peak_bound,
                      &row.shm_used,
                      &row.shm_total,
                      &row.address_space_used,
                      &row.address_space_limit,
                      &row.data_used,
                      &row.data_limit,
                      &row.cpuless_total,
                      &row.cpuless_free,
                      &row.main_anon,
                      &row.main_shmem,
                      &row.tenant_memory,
                      &row.tenant_cgroup_memory})
    drop_implausible(*value);
  for (auto& gpu : row.gpus)
    for (auto* value : {&gpu.memory_used, &gpu.memory_total, &gpu.memory_reserved, &gpu.memory_held,
                        &gpu.run_memory, &gpu.carve_out_total, &gpu.carve_out_used})
      drop_implausible(*value);
  if (row.worker_count && *row.worker_count < 0) row.worker_count.reset();
  return row;
}

/// The growth of a counter over the samples that have it; a counter that went back starts anew.
struct CounterGrowth {
  std::optional<std::uint64_t> last{}, grown{};
  void add(std::optional<std::uint64_t> now) {
    if (!now) return;
    if (last) grown = grown.value_or(0) + (*now > *last ? *now - *last : 0);
    last = now;
  }
};

template <class Value>
void raise(std::optional<Value>& highest, std::optional<Value> value) {
  if (value && (!highest || *value > *highest)) highest = value;
}

}  // namespace

struct FactsBuilder::State {
  RunFacts facts{};
  PoolTracker pools{};
  StepTracker steps{};
  GrowthTracker main_growth{};
  ShapeTracker shape{};
  std::vector<Tenant> tenants{};  // as they were last found
  CounterGrowth swap_in{}, swap_out{}, cgroup_oom_kills{}, cgroup_limit_hits{}, host_oom_kills{};

  void saw_record(double at) { raise(facts.last_record_at, std::optional{at}); }
  void take_counters();
  void take_steps();
  void take_deciding();
};

void take_if_nearest(RunFacts& facts, const AllocatorRecord& record) {
  if (!facts.at_peak || !std::isfinite(record.unix_seconds)) return;
  const double peak_at = facts.at_peak->unix_seconds;
  const auto known = std::ranges::find_if(facts.allocators, [&](const AllocatorRecord& kept) {
    return kept.device == record.device && kept.device_index == record.device_index &&
           kept.rank == record.rank;
  });
  if (known == facts.allocators.end())
    facts.allocators.push_back(record);
  else if (std::abs(record.unix_seconds - peak_at) < std::abs(known->unix_seconds - peak_at))
    *known = record;
}

FactsBuilder::FactsBuilder(RunInfo info, std::int64_t run_number, std::optional<RunEnd> end,
                           DropCounters drops)
    : state_(std::make_unique<State>()) {
  state_->facts.info = std::move(info);
  state_->facts.run_number = run_number;
  state_->facts.end = std::move(end);
  state_->facts.drops = drops;
}
FactsBuilder::FactsBuilder(FactsBuilder&&) noexcept = default;
FactsBuilder& FactsBuilder::operator=(FactsBuilder&&) noexcept = default;
FactsBuilder::~FactsBuilder() = default;

void FactsBuilder::set_unended(Unended state) {
  state_->facts.unended = state;
}

void FactsBuilder::add(const SampleRow& sample) {
  if (!std::isfinite(sample.unix_seconds)) return;
  auto row = plausible(sample);
  auto& facts = state_->facts;
  state_->saw_record(row.unix_seconds);
  ++facts.sample_count;
  if (!facts.first_sample_at) facts.first_sample_at = row.unix_seconds;
  raise(facts.last_sample_at, std::optional{row.unix_seconds});
  // Their names stand with the sample after the scan; the sums stand with every one.
  if (!row.tenants.empty()) state_->tenants = row.tenants;
  if (row.tenant_memory) row.tenants = state_->tenants;
  state_->pools.add(row);
  state_->shape.add(row);
  learn_baseline(facts.baseline, row);
  state_->main_growth.add(row.unix_seconds, row.main_process ? row.main_process : row.main_rss);
  if (facts.last && facts.last->cgroup_limit != row.cgroup_limit) {
    // Another cgroup: what it had counted before the trainer came is not this run's.
    state_->cgroup_oom_kills.last.reset();
    state_->cgroup_limit_hits.last.reset();
  }
  state_->swap_in.add(row.swap_in_pages_total);
  state_->swap_out.add(row.swap_out_pages_total);
  state_->cgroup_oom_kills.add(row.cgroup_oom_kill_total);
  state_->cgroup_limit_hits.add(row.cgroup_limit_hits_total);
  state_->host_oom_kills.add(row.oom_kill_total);
  raise(facts.highest_main_swap, row.main_swap);
  raise(facts.highest_full_pressure, row.pressure_full_ratio);
  if (!facts.first) facts.first = row;
  facts.last = std::move(row);
}

void FactsBuilder::add(const EventRecord& event) {
  auto& facts = state_->facts;
  if (std::isfinite(event.unix_seconds)) state_->saw_record(event.unix_seconds);
  if (event.type == "oom_error" || event.type == "oom_kill") ++facts.oom_event_count;
  if (event.type == "oom_error" || event.type == "exception") ++facts.error_event_count;
  if (event.type == "worker_exit") ++facts.worker_exits;
  state_->shape.add(event);
}

void FactsBuilder::add(const StepRecord& step) {
  if (std::isfinite(step.unix_seconds)) state_->saw_record(step.unix_seconds);
  state_->steps.add(step);
  state_->shape.add(step);
}

void FactsBuilder::add(const SeenError& error) {
  state_->facts.exception = error;
}

void FactsBuilder::add(const LogErrorRecord& error, bool has_event) {
  auto& facts = state_->facts;
  const bool failed = error.severity != LogSeverity::warning;
  if (failed && !has_event) ++facts.log_error_count;
  if (error.skipped_batch) facts.log_oom_count += error.count;
  if (failed && is_out_of_memory(error)) ++facts.log_oom_count;
  if (error.skipped_batch) facts.skipped_batches = error;
  const bool worse = !facts.deciding || error.severity > facts.deciding->severity;
  if (failed && error.decides && worse) facts.deciding = error;
}

// An exception that no event recorded: the monitor died before it could.
void FactsBuilder::State::take_deciding() {
  if (facts.exception || !facts.deciding) return;
  facts.exception = SeenError{.type = facts.deciding->exception,
                              .message = facts.deciding->message,
                              .out_of_memory = is_out_of_memory(*facts.deciding),
                              .at = facts.deciding->unix_seconds};
}

void FactsBuilder::State::take_counters() {
  facts.swap_in_pages = swap_in.grown.value_or(0);
  facts.swap_out_pages = swap_out.grown.value_or(0);
  facts.cgroup_oom_kills = cgroup_oom_kills.grown;
  facts.cgroup_limit_hits = cgroup_limit_hits.grown;
  facts.host_oom_kills = host_oom_kills.grown;
}

void FactsBuilder::State::take_steps() {
  facts.step_count = steps.distinct_count();
  facts.first_step = steps.first_step();
  facts.last_step = steps.last_step();
  facts.first_step_at = steps.first_at();
  facts.last_step_at = steps.last_at();
  facts.total_steps = steps.total_steps();
  facts.steps_completed = steps.completed();
}

RunFacts FactsBuilder::finish() && {
  auto& facts = state_->facts;
  state_->take_counters();
  state_->take_steps();
  state_->take_deciding();
  const bool member_was_killed = facts.cgroup_oom_kills.value_or(0) > 0;
  const bool limit_was_counted = facts.cgroup_limit_hits.value_or(0) > 0;
  const double ended_at = facts.end && std::isfinite(facts.end->unix_seconds)
                              ? facts.end->unix_seconds
                              : facts.last_sample_at.value_or(0);
  auto main_max_rss = facts.end ? facts.end->main_max_rss : std::nullopt;
  drop_implausible(main_max_rss);
  state_->pools.finish(main_max_rss, {member_was_killed, limit_was_counted}, ended_at);
  for (const auto& entry : state_->pools.entries()) {
    facts.pools.push_back(entry.pool);
    if (entry.pool.kind != PoolKind::host && entry.pool.kind != PoolKind::unified) continue;
    facts.machine = entry.pool.kind;
    facts.machine_peak = entry.sample;
  }
  facts.highest_main_rss = state_->pools.highest_main_rss();
  facts.exact_main_peak = state_->pools.exact_main_peak();
  const auto limiting =
      limiting_pool_of(facts, facts.end ? facts.end->exit : exit_without_end(facts.unended));
  if (limiting) {
    facts.at_peak = state_->pools.entries()[*limiting].sample;
    facts.late_main_growth =
        state_->main_growth.in_last_quarter_before(facts.at_peak->unix_seconds);
  }
  facts.shape = state_->shape.finish(limiting ? facts.pools[*limiting].at : 0);
  return std::move(facts);
}

}  // namespace tidemark
