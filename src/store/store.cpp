// The face's calls, each handed to the part that does it.
#include "store/store.h"

#include <utility>

#include "store/connection.h"
#include "store/job_lookup.h"
#include "store/journal_rows.h"
#include "store/log_rows.h"
#include "store/model_rows.h"
#include "store/removal.h"
#include "store/row_reader.h"
#include "store/row_writer.h"
#include "store/run_reader.h"
#include "store/run_writer.h"
#include "store/schema.h"
#include "store/sqlite_error.h"

namespace tidemark {

struct Store::State {
  Connection db;
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::filesystem::path& file, StoreOptions options) {
  auto db = Connection::open(file, options);
  if (!db) return std::unexpected(db.error());
  auto state = std::unique_ptr<State>(new State{std::move(*db)});
  auto ready = options.read_only ? prepare_for_reading(state->db) : prepare_for_writing(state->db);
  if (!ready) return std::unexpected(ready.error());
  return Store{std::move(state)};
}

Result<RunKey> Store::begin_run(const RunInfo& info) {
  return write_run_begin(state_->db, info);
}

Result<void> Store::resume_run(const RunKey& run, ProcessIdentity monitor) {
  return write_run_resumed(state_->db, run, monitor);
}

Result<void> Store::write(const RunKey& run, const WriteGroup& group, const DropCounters& drops) {
  return write_rows(state_->db, run, group, drops);
}

Result<void> Store::end_run(const RunKey& run, const RunEnd& end, const DropCounters& drops) {
  return write_run_end(state_->db, run, end, drops);
}

Result<void> Store::save_report(const RunKey& run, const StoredReport& report) {
  return write_report(state_->db, run, report);
}

Result<void> Store::keep_prediction(const RunKey& run, const StoredPrediction& said) {
  return write_prediction(state_->db, run, said);
}

Result<void> Store::sync() {
  return state_->db.sync();
}

Result<std::vector<JobOverview>> Store::jobs() {
  return load_jobs(state_->db);
}

Result<std::vector<StoredRun>> Store::runs(std::string_view job_id) {
  auto runs = load_runs(state_->db, job_id);
  if (runs && runs->empty())
    return fail(Errc::not_found, printable(state_->db.file()) + ": no job " +
                                     printable(std::string{job_id}) +
                                     "; `tidemark jobs` lists them");
  return runs;
}

Result<std::string> Store::resolve_job(std::string_view text) {
  return find_job(state_->db, text);
}

Result<StoredRun> Store::run(std::string_view job_id, std::optional<std::int64_t> number) {
  return load_run(state_->db, job_id, number);
}

Result<std::vector<StoredRun>> Store::unended_runs() {
  return load_unended_runs(state_->db);
}

Result<std::optional<StoredRun>> Store::run_of_process(ProcessIdentity process,
                                                       std::string_view boot_id) {
  return load_run_of_process(state_->db, process, boot_id);
}

Result<std::optional<StoredJournal>> Store::journal(std::string_view journal_id) {
  return load_journal(state_->db, journal_id);
}

Result<std::vector<StoredEvent>> Store::events(const RunKey& run) {
  return load_events(state_->db, run);
}

Result<std::optional<StoredReport>> Store::report(const RunKey& run) {
  return load_report(state_->db, run);
}

Result<std::vector<ModelOfRun>> Store::models(const LikeRuns& like, std::size_t most) {
  return load_models(state_->db, like, most);
}

Result<std::optional<PredictionOfRun>> Store::prediction(const LikeRuns& like,
                                                         std::string_view settings) {
  return load_prediction(state_->db, like, settings);
}

Result<std::optional<SampleRow>> Store::last_sample(const RunKey& run) {
  return load_last_sample(state_->db, run);
}

Result<void> Store::for_each_sample(const RunKey& run,
                                    const std::function<void(const SampleRow&)>& use) {
  return stream_samples(state_->db, run, use);
}

Result<void> Store::for_each_sample_after(const RunKey& run, double unix_seconds,
                                          const std::function<void(const SampleRow&)>& use) {
  return stream_samples_after(state_->db, run, unix_seconds, use);
}

Result<std::vector<StoredEvent>> Store::last_events(const RunKey& run, std::size_t most) {
  return load_last_events(state_->db, run, most);
}

Result<std::vector<StepRecord>> Store::last_steps(const RunKey& run, std::size_t most) {
  return load_last_steps(state_->db, run, most);
}

Result<std::int64_t> Store::version() {
  auto statement = state_->db.prepare("PRAGMA data_version");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return statement->integer(0).value_or(0);
}

Result<void> Store::for_each_step(const RunKey& run,
                                  const std::function<void(const StepRecord&)>& use) {
  return stream_steps(state_->db, run, use);
}

Result<RowMark> Store::row_mark() {
  return load_row_mark(state_->db);
}

Result<void> Store::for_each_row_between(const RunKey& run, const RowMark& after,
                                         const RowMark& last, const RowReaders& use) {
  return stream_rows_between(state_->db, run, after, last, use);
}

Result<void> Store::for_each_allocator_record(
    const RunKey& run, const std::function<void(const AllocatorRecord&)>& use) {
  return stream_allocator_records(state_->db, run, use);
}

Result<std::vector<GpuProcess>> Store::gpu_processes(std::int64_t sample_id,
                                                     std::int32_t device_index,
                                                     std::string_view device_uid) {
  return load_gpu_processes(state_->db, sample_id, device_index, device_uid);
}

Result<std::vector<LogErrorRecord>> Store::log_errors(const RunKey& run) {
  return load_log_errors(state_->db, run);
}

Result<std::vector<LogMark>> Store::log_marks(const RunKey& run) {
  return load_log_marks(state_->db, run);
}

Result<std::vector<ProcessSample>> Store::processes(std::int64_t sample_id) {
  return load_processes(state_->db, sample_id);
}

Result<void> Store::remove_job(std::string_view job_id) {
  return remove_job_rows(state_->db, job_id);
}

Result<std::int64_t> Store::prune(double older_than_unix_seconds, std::int64_t keep_last) {
  return remove_old_runs(state_->db, older_than_unix_seconds, keep_last);
}

}  // namespace tidemark
