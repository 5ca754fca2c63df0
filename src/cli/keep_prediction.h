// What a command said of settings, kept so that a run under them can be checked against it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/report.h"

namespace tidemark {

/// `say_at`: the prediction, said at this Unix time. Where the database cannot be written nothing
/// is kept, and nothing is lost but a later check.
void keep_prediction(const std::string& database_option, const RunKey& run,
                     const std::function<StoredPrediction(double)>& say_at);

/// Of changes that are written into a config; none is kept where their effect is not known.
void keep_applied(const std::string& database_option, const RunKey& run, const Analysis& analysis,
                  const std::vector<SettingChange>& changes);

}  // namespace tidemark
