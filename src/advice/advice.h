// Findings -> proposed changes of settings. One rule per file; rules.cpp is the whole list.
#pragma once

#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// What to change, most effective first. Only settings that are not already so: `config` is read,
/// with the client's defaults; null: advice that names no setting.
std::vector<Recommendation> advise(const Analysis& analysis, const JobConfig* config);

}  // namespace tidemark
