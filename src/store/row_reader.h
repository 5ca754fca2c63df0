// The rows of a run, streamed. A cursor holds a read transaction while it is open; in WAL mode that
// lets writers go on but keeps a WAL checkpoint from finishing, so the WAL grows while a slow `use`
// runs. Readers here take well under a second even for a million rows.
#pragma once

#include <functional>
#include <vector>

#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

Result<std::vector<StoredEvent>> load_events(Connection& db, const RunKey& run);
Result<std::vector<StoredEvent>> load_last_events(Connection& db, const RunKey& run,
                                                  std::size_t most);
Result<std::vector<GpuProcess>> load_gpu_processes(Connection& db, std::int64_t sample_id,
                                                   std::int32_t device_index,
                                                   std::string_view device_uid);
Result<std::vector<ProcessSample>> load_processes(Connection& db, std::int64_t sample_id);
Result<std::optional<SampleRow>> load_last_sample(Connection& db, const RunKey& run);
Result<void> stream_samples(Connection& db, const RunKey& run,
                            const std::function<void(const SampleRow&)>& use);
Result<void> stream_samples_after(Connection& db, const RunKey& run, double unix_seconds,
                                  const std::function<void(const SampleRow&)>& use);
Result<std::vector<StepRecord>> load_last_steps(Connection& db, const RunKey& run,
                                                std::size_t most);
Result<void> stream_steps(Connection& db, const RunKey& run,
                          const std::function<void(const StepRecord&)>& use);
Result<RowMark> load_row_mark(Connection& db);
Result<void> stream_rows_between(Connection& db, const RunKey& run, const RowMark& after,
                                 const RowMark& last, const RowReaders& use);

}  // namespace tidemark
