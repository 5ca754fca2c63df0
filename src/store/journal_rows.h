// What only a journal brings: how far it was read, and what the trainer's allocator said.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

/// Inside the caller's transaction, as is the next one.
Result<void> write_journal_mark(Connection& db, const RunKey& run, const JournalMark& mark);
Result<void> write_allocator_record(Connection& db, const RunKey& run,
                                    const AllocatorRecord& record);

Result<std::optional<StoredJournal>> load_journal(Connection& db, std::string_view journal_id);
Result<void> stream_allocator_records(Connection& db, const RunKey& run,
                                      const std::function<void(const AllocatorRecord&)>& use);

}  // namespace tidemark
