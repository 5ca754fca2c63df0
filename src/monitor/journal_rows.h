// The trainer's own records as rows of the store. Its texts are hostile until they have passed
// here: an event's details become a JSON object without secrets, what is nested deeper than 64
// levels is left out, and text that is no JSON object becomes {"text": ...}.
#pragma once

#include <vector>

#include "journal/journal.h"
#include "monitor/monitor.h"
#include "store/store.h"

namespace tidemark {

/// Steps, events and allocator records in `group`; what the records say of the run's end in `said`.
struct JournalRows {
  WriteGroup group{};
  TrainerWord said{};
};
/// `root_pid`: whose word on the run's end counts; a worker's own does not.
JournalRows rows_from(std::vector<JournalRecord> records, std::int32_t root_pid);

/// What `later` says on top of `earlier`.
void take_word(TrainerWord& earlier, TrainerWord later);

}  // namespace tidemark
