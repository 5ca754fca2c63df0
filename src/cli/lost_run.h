// Runs of ai-toolkit's jobs whose end nobody saw: told afterwards, from what they left.
#pragma once

#include <filesystem>

#include "clients/clients.h"
#include "core/time.h"
#include "notify/notify.h"
#include "store/store.h"

namespace tidemark {

struct LostRunPlaces {
  HostRoot host{};
  const Clock* clock = nullptr;  // never null
  JobTable* table = nullptr;     // never null
  std::filesystem::path database{};
  Notifier* notifier = nullptr;  // never null
};

/// Ends the stored runs whose trainer and monitor are both gone: by the job's row, its log, and
/// whether the machine was started anew. Says a line for each.
void end_lost_runs(const LostRunPlaces& places);

/// A start that no monitor came to (it ended too soon, or nobody watched): stored as a run from its
/// log and loss log, unless a run of that start is there already. `not_before`: of starts before
/// (unix seconds) nothing is made.
void record_unwatched_start(const LostRunPlaces& places, const ClientJob& job, double not_before);

}  // namespace tidemark
