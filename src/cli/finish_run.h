// What is done once a run has ended: judge the exit, store the end, analyse.
#pragma once

#include <optional>
#include <string>

#include "monitor/monitor.h"
#include "report/report.h"

namespace tidemark {

/// Judges how the run ended and stores that; then, where the settings want it, analyses the run and
/// stores the report. `config_path` may be empty.
Result<void> finish_run(Recording& recording, const RunInfo& info);

/// Stores the end of a run whose monitor died, from what its parent knows. Finds the run that the
/// monitor began, or begins it.
Result<Recording> record_end_alone(const MonitorRequest& request, ProcessIdentity trainer,
                                   const ReapedTrainer& reaped);

/// The report of a stored run, made now and stored when the database may be written.
Result<Report> make_report(Store& store, const RunKey& key);

}  // namespace tidemark
