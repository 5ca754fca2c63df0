// The highest use of every pool over a stream of samples, sharpened by what the kernel knows
// exactly.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// The rule for a peak between samples (docs/analysis.md): when VmHWM or ru_maxrss shows that the
/// main process once held more than at either neighbouring sample, the pool is taken to have held,
/// at that moment, what it held in the nearer sample and what the main process had above it.
class PoolTracker {
 public:
  void add(const SampleRow& sample);
  struct KillEvidence {
    bool member_was_killed = false;  // a process of the trainer's cgroup, by the OOM killer
    bool limit_was_counted = false;  // the kernel counted a hit of the cgroup's limit
  };
  /// `exact_main_peak`: of wait4, after the last sample. The cgroup's limit was hit when a member
  /// was killed and either the kernel counted a hit or its watermark stands at the limit (cgroup v1
  /// counts no hits of a limit on memory and swap together).
  void finish(std::optional<Bytes> exact_main_peak, KillEvidence kill, double ended_at);

  struct Entry {
    PoolPeak pool{};
    SampleRow sample{};        // the sample that the peak rests on
    bool seen_in_use = false;  // in a sample since the run was first seen on a GPU
  };
  const std::vector<Entry>& entries() const { return entries_; }
  std::optional<Bytes> highest_main_rss() const { return highest_main_rss_; }
  std::optional<Bytes> exact_main_peak() const { return exact_main_peak_; }

 private:
  void take_uses(const SampleRow& sample);
  void take_watermark(const SampleRow& sample);
  void take_workers(const SampleRow& sample);
  void lend_workers(SampleRow& sample) const;
  void guess_workers(SampleRow& sample) const;
  void finish_cgroup(PoolPeak& pool, KillEvidence kill) const;
  void forget_guessed_devices();
  Entry& entry_for(const PoolUse& use, const SampleRow& sample);
  void consider_spike(const SampleRow& base, Bytes main_peak, double at);
  void look_for_spike(const SampleRow& sample);

  /// What the workers held when all of them had been read.
  struct WorkerReading {
    double at = 0;
    std::int64_t count = 0;
    Bytes pss{}, uss{};
  };

  std::vector<Entry> entries_{};
  std::optional<WorkerReading> workers_{};
  std::optional<SampleRow> alone_{};        // the last sample before there were workers
  std::optional<SampleRow> last_living_{};  // the last sample with a main process
  std::optional<Bytes> highest_main_rss_{};
  std::optional<Bytes> exact_main_peak_{};
  std::optional<Bytes> bound_{};          // the watermark of the cgroup that has the limit, ...
  std::optional<Bytes> bounded_limit_{};  // ... which is this: the trainer may be moved to another
  bool workers_seen_ = false;
  bool run_uses_gpu_ = false;
  bool bound_covers_end_ = false;  // it was read after the trainer's last sample
  std::optional<double> oom_kill_at_{};
  std::optional<std::uint64_t> oom_kills_{};
};

}  // namespace tidemark
