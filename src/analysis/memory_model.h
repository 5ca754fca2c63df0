// The memory of this run as a function of its settings: the measured peak, and what each part of it
// would become under others. Fitted from the run's own data; what the data does not identify has a
// wide interval, never a made-up value. Part of the face (analysis.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/run_components.h"
#include "core/range.h"
#include "recipe/recipe.h"
#include "telemetry/pools.h"

namespace tidemark {

struct Analysis;

/// What the run held of the limiting pool at most in one of its phases.
struct PhasePeak {
  std::string phase{};  // "train" where none was told
  Range peak{};
  bool has_workers = true;
};

/// Effects that one run's data does not identify: priors, wide on purpose, which runs under other
/// settings narrow (`learn`).
struct ModelEffects {
  /// Activations kept for the backward pass against those that checkpointing keeps: from a small
  /// model whose attention dominates (1.5) to a deep one (8).
  Range without_checkpointing{1.5, 3, 8};
  /// Share of a worker's memory that is batches ready for the trainer.
  Range prefetch_share{0, 0.25, 0.7};
  /// Share of the weights that leaves the device when its layers are streamed from RAM.
  Range offloaded_share{0.5, 0.8, 1};
  /// What an added worker holds, against those that are there.
  Range added_worker{0.8, 1, 1.4};
  /// bf16 halves what is stored for the backward pass; some of it (norms, masks, the loss) stays
  /// fp32.
  Range half_activations{0.5, 0.6, 0.9};
  /// Activations go with the pixels to this power: attention without a fused kernel with the
  /// square.
  Range pixel_power{1, 1, 2};
};

/// A run whose data a model was fitted with, beside its own.
struct LearnedFrom {
  std::string job_id{}, job{};
  std::int64_t run = 1;
};

struct MemoryModel {
  Recipe recipe{};  // of the run whose bytes these are
  Recipe asked{};   // of the run that is analysed: another's only where `base` is there
  std::vector<PhasePeak> phases{};
  RunComponents parts{};
  bool on_device = false;      // the pool is a device's own memory
  bool holds_tensors = false;  // the trained tensors are in the pool
  bool unified = false;
  bool killed = false;       // what the run would have needed beyond the limit is not known
  std::int64_t workers = 0;  // seen at the peak
  Range worker_bytes{};      // of all of them: USS, USS, PSS
  PoolKind pool = PoolKind::host;
  std::string device{};    // of a GPU, as its driver calls it
  double others = 0;       // bytes of the peak that were not the run's
  bool trained = false;    // it made steps
  bool completed = false;  // what it had to do, it did
  bool grew = false;       // to the end, whatever its settings: its peak is no measure of them
  std::vector<std::int64_t> batch_sizes{};  // that were seen
  ModelEffects effects{};
  /// How far predictions missed what other runs of this model really took.
  Range misfit{};
  std::vector<LearnedFrom> learned_from{};
  std::optional<LearnedFrom> base{};     // the run that it is of, where that is another
  std::vector<std::string> not_known{};  // sentences
};

/// Absent: no limiting pool, or no recipe.
std::optional<MemoryModel> fit_memory_model(const Analysis& analysis, const Recipe* recipe);

struct PredictedChange {
  std::string_view component{};
  Range bytes{};  // negative: freed
};

struct Prediction {
  Range peak{};
  std::string phase{};                     // in which the likely peak is
  std::vector<PredictedChange> changes{};  // in that phase, those that are not zero
};

/// The peak under other settings.
Prediction predict(const MemoryModel& model, const Recipe& changed);

/// What `then` changes of what `now` is, where the model is of a run with other settings than both.
std::vector<PredictedChange> difference(const Prediction& now, const Prediction& then);

/// A run of the same model on this machine that ended before this one began, as its own data alone
/// fitted it.
struct EarlierRun {
  LearnedFrom name{};
  MemoryModel model{};
};

/// The model with what earlier runs tell of it. What they identify (activations by another batch
/// size, an effect by a run with and one without it) becomes narrow; where they contradict the
/// model's form, its predictions become wider by as much. A run that died before its first step is
/// predicted from the earlier run that says most of its settings. Runs in another pool, of other
/// parameter counts, or with settings whose effect is not known are passed over.
MemoryModel learn(MemoryModel own, const std::vector<EarlierRun>& earlier);

/// The model for settings that have not run: of the run that says most of them, with what the
/// others tell. Absent: none of them trained.
std::optional<MemoryModel> learn_for(const Recipe& recipe, const std::vector<EarlierRun>& earlier);

}  // namespace tidemark
