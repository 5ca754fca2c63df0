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
  /// `exact_main_peak`: of wait4, after the last sample. `limit_was_hit`: a process of the
  /// trainer's cgroup was killed and the cgroup's limit was hit.
  void finish(std::optional<Bytes> exact_main_peak, bool limit_was_hit, double ended_at);

  struct Entry {
    PoolPeak pool{};
    SampleRow sample{};  // the sample that the peak rests on
  };
  const std::vector<Entry>& entries() const { return entries_; }
  std::optional<Bytes> highest_main_rss() const { return highest_main_rss_; }
  std::optional<Bytes> exact_main_peak() const { return exact_main_peak_; }

 private:
  Entry& entry_for(const PoolUse& use, const SampleRow& sample);
  void consider_spike(const SampleRow& base, Bytes main_peak, double at);
  void look_for_spike(const SampleRow& sample);

  std::vector<Entry> entries_{};
  std::optional<SampleRow> last_living_{};  // the last sample with a main process
  std::optional<Bytes> highest_main_rss_{};
  std::optional<Bytes> exact_main_peak_{};
  std::optional<Bytes> bound_{};   // the cgroup's watermark
  bool bound_covers_end_ = false;  // it was read after the trainer's last sample
  std::optional<double> oom_kill_at_{};
  std::optional<std::uint64_t> oom_kills_{};
};

}  // namespace tidemark
