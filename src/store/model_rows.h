// What a run leaves for later ones: the model of its memory, and what was predicted from it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

/// Inside the caller's transaction: the run's model and predictions that come with a report.
Result<void> write_models(Connection& db, const RunKey& run, const StoredReport& report);
/// A transaction of its own. Errors: not_found when the run is not here.
Result<void> write_prediction(Connection& db, const RunKey& run, const StoredPrediction& said);

Result<std::vector<ModelOfRun>> load_models(Connection& db, const LikeRuns& like, std::size_t most);
Result<std::optional<PredictionOfRun>> load_prediction(Connection& db, const LikeRuns& like,
                                                       std::string_view settings);

}  // namespace tidemark
