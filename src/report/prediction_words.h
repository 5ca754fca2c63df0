// A prediction's check as sentences, for the terminal and for HTML. Private to report.
#pragma once

#include <string>

#include "report/report.h"

namespace tidemark {

/// "10.1 GB (9.8 GB to 10.4 GB) was predicted by the plan of x, run 1; it was 10.2 GB, as predicted
/// (1% less than it was)".
std::string check_sentence(const PredictionCheck& check);
/// Empty: nothing else was changed.
std::string other_changes_sentence(const PredictionCheck& check);

}  // namespace tidemark
