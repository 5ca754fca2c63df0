// The memory of this run as a function of its settings: the measured peak, and what each part of it
// would become under others. Fitted from the run's own data; what the data does not identify has a
// wide interval, never a made-up value. Part of the face (analysis.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/run_components.h"
#include "core/range.h"
#include "recipe/recipe.h"

namespace tidemark {

struct Analysis;

/// What the run held of the limiting pool at most in one of its phases.
struct PhasePeak {
  std::string phase{};  // "train" where none was told
  Range peak{};
  bool has_workers = true;
};

struct MemoryModel {
  Recipe recipe{};  // of the run
  std::vector<PhasePeak> phases{};
  RunComponents parts{};
  bool on_device = false;      // the pool is a device's own memory
  bool holds_tensors = false;  // the trained tensors are in the pool
  bool unified = false;
  bool killed = false;       // what the run would have needed beyond the limit is not known
  std::int64_t workers = 0;  // seen at the peak
  Range worker_bytes{};      // of all of them: USS, USS, PSS
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

}  // namespace tidemark
