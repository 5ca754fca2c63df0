// How a run went over its time: phases, batches, growth, speed, loss. Values that streaming over
// the rows leaves behind, each of a bounded size. Part of the face (analysis.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/range.h"

namespace tidemark {

/// What the run held at one moment, as far as it can be told.
struct RunLevel {
  std::optional<Bytes> main{};    // its main process, without the pages of files that it maps
  std::optional<Bytes> device{};  // its devices' own memory, or what it holds through them
};

/// All occurrences of one phase; the levels are of the one in which the run held most.
struct PhaseFacts {
  std::string name{};
  std::int64_t count = 0;
  double seconds = 0;  // of all occurrences together
  RunLevel before{};   // in the last sample before it
  RunLevel highest{};  // while it lasted, the kernel's exact peak of the main process included
  RunLevel after{};    // in the first sample after it
};

/// What the run held in training steps of one batch size.
struct BatchLevel {
  std::int64_t batch_size = 0;
  std::int64_t sample_count = 0;
  RunLevel highest{};
};

/// As the trainer told (`run.parameters`).
struct ParameterCounts {
  std::optional<std::int64_t> trainable{}, frozen{};
  std::string dtype{};  // of the frozen weights; empty: not told
};

/// Growth that went on to the end of the training, from the low points of the series: a sawtooth
/// has none. Bytes per second, with the 95% interval of Theil and Sen's slope.
struct Growth {
  Range bytes_per_second{};
  Bytes grown{};  // over the time looked at, by the likely slope
  double seconds = 0;
  std::int64_t points = 0;
  bool lasting = false;  // as steep in the second half: what only warms up levels off
};

/// The steps of rank 0, in the order of their numbers.
struct StepHealth {
  std::int64_t timed_steps = 0;
  double step_seconds = 0;  // of the timed steps together
  std::int64_t waited_steps = 0;
  double wait_seconds = 0, waited_step_seconds = 0;  // of the steps whose wait is known
  std::optional<std::int64_t> first_nan_step{};
  std::int64_t nan_steps = 0;
  struct Slowdown {
    std::int64_t step = 0;  // from here on
    double factor = 0, before_seconds = 0, after_seconds = 0;
  };
  std::optional<Slowdown> slowdown{};
  struct Divergence {
    std::int64_t step = 0;  // of the best stretch
    double best = 0, last = 0;
  };
  std::optional<Divergence> divergence{};
  std::int64_t gradient_spikes = 0;
  std::optional<std::int64_t> first_spike_step{}, largest_spike_step{};
  double largest_spike_factor = 0;
};

/// Mean step time of one rank.
struct RankSpeed {
  std::int32_t rank = 0;
  std::int64_t steps = 0;
  double mean_seconds = 0;
};

struct RunShape {
  ParameterCounts parameters{};
  std::vector<PhaseFacts> phases{};   // in the order of their first occurrence
  std::string phase_at_peak{};        // empty: none that was told, or training
  std::vector<BatchLevel> batches{};  // by batch size
  RunLevel before_training{};         // in the last sample before the first step
  RunLevel in_training{};  // the highest between the first step and the last, phases that
                           // interrupt training left out
  std::optional<Growth> main_growth{}, worker_growth{}, device_growth{};
  StepHealth steps{};
  std::vector<RankSpeed> ranks{};
  std::optional<double> mean_gpu_utilization{};  // while steps were made, 0..1
};

}  // namespace tidemark
