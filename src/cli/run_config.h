// The config of a run as it can be edited.
#pragma once

#include "core/result.h"
#include "report/report.h"

namespace tidemark {

/// The file that the run was started with, while it is there; else the copy that was stored with
/// the run, unless secrets are masked in it. Errors: not_found, with what to do.
Result<ConfigText> config_text_of(const RunInfo& info);

}  // namespace tidemark
