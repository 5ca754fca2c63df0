#include "analysis/pool_tracker.h"

#include <algorithm>
#include <cmath>

#include "analysis/run_level.h"

namespace tidemark {
namespace {

// The kernel keeps RSS in per-CPU counters and folds them in now and then
// (Documentation/filesystems/ proc.rst): a difference below this share of the peak is noise, not a
// spike.
constexpr double kNoiseRatio = 0.01;
// A watermark this close to the highest working set says the same.
constexpr double kAgreementRatio = 0.01;
// A limit that was hit leaves a watermark at the limit. Where it is clearly lower, something is
// amiss.
constexpr double kWatermarkAtLimit = 0.98;

// A reading of the workers stands in for one that was still to come for this long.
constexpr double kLendSeconds = 30;

bool is_machine(PoolKind kind) {
  return kind == PoolKind::host || kind == PoolKind::unified;
}

bool holds_resident_memory(PoolKind kind) {
  return is_machine(kind) || kind == PoolKind::cgroup;
}

// The machine has one pool, which samples without the driver's answer call `host`. A device is told
// by its index, and by its UUID where both have one.
bool is_same_pool(const PoolPeak& pool, const PoolUse& use) {
  if (is_machine(pool.kind) || is_machine(use.kind))
    return is_machine(pool.kind) && is_machine(use.kind);
  if (pool.kind != use.kind) return false;
  if (pool.kind != PoolKind::gpu) return pool.name == use.name;
  const bool may_be_same =
      pool.device_uid.empty() || use.device_uid.empty() || pool.device_uid == use.device_uid;
  return pool.index == use.index && may_be_same;
}

// A device's name comes with some samples only; a machine turns out unified when the driver
// answers.
void learn(PoolPeak& pool, const PoolUse& use) {
  if (use.kind == PoolKind::unified || (pool.device_uid.empty() && !use.device_uid.empty())) {
    pool.kind = use.kind;
    pool.name = use.name;
    pool.device_uid = use.device_uid;
  }
  if (pool.device_name.empty()) pool.device_name = use.device_name;
}

bool exceeds(Bytes exact, Bytes seen) {
  return static_cast<double>((exact - seen).count) > kNoiseRatio * static_cast<double>(exact.count);
}

bool holds_gpu_memory(const SampleRow& sample) {
  return std::ranges::any_of(sample.gpus, [](const GpuSample& gpu) {
    return gpu.of_run && gpu.run_memory.value_or(Bytes{}).count > 0;
  });
}

void raise(std::optional<Bytes>& highest, std::optional<Bytes> value) {
  if (value && (!highest || *value > *highest)) highest = value;
}

}  // namespace

PoolTracker::Entry& PoolTracker::entry_for(const PoolUse& use, const SampleRow& sample) {
  for (auto& entry : entries_) {
    if (!is_same_pool(entry.pool, use)) continue;
    learn(entry.pool, use);
    return entry;
  }
  PoolPeak pool{.kind = use.kind,
                .index = use.index,
                .name = use.name,
                .device_uid = use.device_uid,
                .device_name = use.device_name};
  pool.limit = use.limit;
  pool.peak = Bytes{-1};  // below any use: the first sample is always taken
  entries_.push_back({std::move(pool), sample});
  return entries_.back();
}

void PoolTracker::add(const SampleRow& sample) {
  look_for_spike(sample);
  // After the trainer's end the machine's memory is filled by others; that is no peak of this run.
  const bool run_is_over = last_living_ && !sample.main_rss;
  take_workers(sample);
  if (!workers_seen_) {
    workers_seen_ = sample.worker_count.value_or(0) > 0;
    if (!workers_seen_ && sample.main_rss) alone_ = sample;
  }
  if (!run_is_over) take_uses(sample);
  for (auto& entry : entries_) lend_workers(entry.sample);
  take_watermark(sample);
  if (sample.cgroup_oom_kill_total) {
    if (oom_kills_ && *sample.cgroup_oom_kill_total > *oom_kills_)
      oom_kill_at_ = sample.unix_seconds;
    oom_kills_ = sample.cgroup_oom_kill_total;
  }
  if (!sample.main_rss) return;
  raise(highest_main_rss_, sample.main_rss);
  raise(exact_main_peak_, sample.main_peak_rss);
  last_living_ = sample;
}

void PoolTracker::take_workers(const SampleRow& sample) {
  const bool read = is_exact(sample.process_basis) || sample.process_basis == PssBasis::scaled;
  const auto count = sample.worker_count.value_or(0);
  if (!read || !sample.worker || !sample.worker_uss || count <= 0) return;
  workers_ = {sample.unix_seconds, count, *sample.worker, *sample.worker_uss};
}

// A peak often comes when workers have just started and their PSS is still to be read: the reading
// that is nearest in time stands in, as long as their number is the same.
void PoolTracker::lend_workers(SampleRow& sample) const {
  if (!workers_ || sample.process_basis != PssBasis::pending ||
      sample.worker_count != workers_->count)
    return;
  if (std::abs(workers_->at - sample.unix_seconds) > kLendSeconds) return;
  sample.worker = workers_->pss;
  sample.worker_uss = workers_->uss;
  sample.process_basis = PssBasis::scaled;
}

// Workers that were killed before anybody read them: what the cgroup gained since they are there,
// beside the main process. More than USS, as pages that workers share among them are in it.
void PoolTracker::guess_workers(SampleRow& sample) const {
  if (!alone_ || sample.worker_uss || sample.process_basis != PssBasis::pending ||
      sample.worker_count.value_or(0) <= 0 || alone_->cgroup_limit != sample.cgroup_limit)
    return;
  const auto beside = [](const SampleRow& row) -> std::optional<Bytes> {
    const auto main = level_of(row).main;
    if (!row.cgroup_working_set || !main) return std::nullopt;
    return *row.cgroup_working_set - *main - row.child.value_or(Bytes{});
  };
  const auto before = beside(*alone_), now = beside(sample);
  if (!before || !now || *now <= *before) return;
  sample.worker = sample.worker_uss = *now - *before;
}

void PoolTracker::take_watermark(const SampleRow& sample) {
  if (!sample.cgroup_limit || !sample.cgroup_peak_bound) return;
  if (bounded_limit_ != sample.cgroup_limit) bound_.reset();
  bounded_limit_ = sample.cgroup_limit;
  raise(bound_, sample.cgroup_peak_bound);
  bound_covers_end_ = !sample.main_rss;
}

void PoolTracker::take_uses(const SampleRow& sample) {
  run_uses_gpu_ = run_uses_gpu_ || holds_gpu_memory(sample);
  for (const auto& use : pools_of(sample)) {
    auto& entry = entry_for(use, sample);
    entry.seen_in_use = run_uses_gpu_;
    entry.pool.sampled = std::max(entry.pool.sampled, std::min(use.used, use.limit));
    // By fraction, not bytes: a limit may be changed while the run goes on.
    if (entry.pool.peak.count >= 0 && use.fraction() <= entry.pool.fraction()) continue;
    entry.pool.limit = use.limit;
    entry.pool.peak = std::min(use.used, use.limit);
    entry.pool.at = sample.unix_seconds;
    entry.pool.basis = Basis::measured;
    entry.sample = sample;
  }
}

void PoolTracker::look_for_spike(const SampleRow& sample) {
  if (!sample.main_rss || !sample.main_peak_rss) return;
  // At the first sample it may be of a time before the watch (attach): what else was held then is
  // not known, and that peak is not this recording's.
  if (!exact_main_peak_ || *sample.main_peak_rss <= *exact_main_peak_) return;
  const bool before_is_nearer = last_living_ && last_living_->main_rss > sample.main_rss;
  const auto& base = before_is_nearer ? *last_living_ : sample;
  consider_spike(base, *sample.main_peak_rss, sample.unix_seconds);
}

void PoolTracker::consider_spike(const SampleRow& base, Bytes main_peak, double at) {
  if (!base.main_rss || !exceeds(main_peak, *base.main_rss)) return;
  for (const auto& use : pools_of(base)) {
    if (!holds_resident_memory(use.kind)) continue;
    auto& entry = entry_for(use, base);
    const Bytes estimate = std::min(use.used + (main_peak - *base.main_rss), use.limit);
    if (entry.pool.peak.count >= 0 && ratio(estimate, use.limit) <= entry.pool.fraction()) continue;
    entry.pool.limit = use.limit;
    entry.pool.peak = estimate;
    entry.pool.at = at;
    entry.pool.basis = Basis::estimated;
    entry.sample = base;
  }
}

void PoolTracker::finish(std::optional<Bytes> exact_main_peak, KillEvidence kill, double ended_at) {
  if (exact_main_peak && last_living_ &&
      (!exact_main_peak_ || *exact_main_peak > *exact_main_peak_))
    consider_spike(*last_living_, *exact_main_peak, ended_at);
  raise(exact_main_peak_, exact_main_peak);
  forget_guessed_devices();
  for (auto& entry : entries_) {
    if (entry.pool.kind != PoolKind::cgroup) continue;
    finish_cgroup(entry.pool, kill);
    guess_workers(entry.sample);
  }
}

// Until the run is seen on a GPU any of them may become its own, where nothing names them; a card
// that is in no sample since then was another's.
void PoolTracker::forget_guessed_devices() {
  if (!run_uses_gpu_) return;
  std::erase_if(entries_, [](const Entry& entry) {
    return entry.pool.kind == PoolKind::gpu && !entry.seen_in_use;
  });
}

void PoolTracker::finish_cgroup(PoolPeak& pool, KillEvidence kill) const {
  // A watermark below what was seen is of another cgroup: no bound.
  if (bound_ && *bound_ >= pool.sampled) pool.bound = bound_;
  const bool covers_peak =
      bound_covers_end_ || !last_living_ || pool.at <= last_living_->unix_seconds;
  if (pool.bound && covers_peak) pool.peak = std::min(pool.peak, *pool.bound);
  const bool watermark_known = pool.bound && bound_covers_end_;
  const bool at_limit = watermark_known && ratio(*pool.bound, pool.limit) >= kWatermarkAtLimit;
  const bool limit_was_hit = at_limit || (kill.limit_was_counted && !watermark_known);
  if (kill.member_was_killed && limit_was_hit && pool.peak < pool.limit) {
    pool.peak = pool.limit;
    pool.basis = Basis::computed;
    pool.at = oom_kill_at_.value_or(pool.at);
  }
  pool.confirmed =
      pool.bound && covers_peak && ratio(*pool.bound - pool.peak, *pool.bound) <= kAgreementRatio;
}

}  // namespace tidemark
