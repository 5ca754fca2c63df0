// What this machine's other runs tell of a run: their models, and what was predicted of it.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "report/report.h"
#include "store/store.h"

namespace tidemark {

/// Runs of the same model that began before this moment, the newest first. `config` may be null:
/// none then. Errors: the store's.
Result<std::vector<EarlierRun>> load_earlier_runs(Store& store, const JobConfig* config,
                                                  std::string_view host,
                                                  double before_unix_seconds);

/// The run against what was predicted for its settings before it began. Absent: nothing was, or the
/// run says nothing of it (it made no step, or the pool of the prediction was not seen).
Result<std::optional<PredictionCheck>> check_prediction(Store& store, const Analysis& analysis,
                                                        const JobConfig* config);

/// What the run leaves in the store, at `now`.
StoredModel model_left_by(const Report& report);
std::vector<StoredPrediction> predictions_of(const Analysis& analysis, double now);

}  // namespace tidemark
