#include "journal/journal.h"

namespace tidemark {
namespace {

Error error_of(tidemark_status status, const std::string& path) {
  switch (status) {
    case tidemark_not_found:
      return {Errc::not_found, path + ": no such journal"};
    case tidemark_not_ours:
      return {Errc::permission, path + ": not a journal of this user's"};
    case tidemark_other_version:
      return {Errc::too_new, path + ": a journal of another version of tidemark"};
    case tidemark_no_memory:
      return {Errc::io, path + ": the journal could not be mapped"};
    case tidemark_ok:
    case tidemark_no_place:
    case tidemark_not_yet:
    case tidemark_not_a_journal:
      break;
  }
  return {Errc::malformed, path + ": not a journal, or damaged at its beginning"};
}

template <class Value, class Target>
std::uint32_t take(const std::optional<Value>& value, std::uint32_t flag, Target& target) {
  if (!value) return 0;
  target = *value;
  return flag;
}

}  // namespace

Result<JournalWriter> JournalWriter::open(const std::filesystem::path& path) {
  tidemark_status status = tidemark_ok;
  tidemark_journal* const journal = tidemark_journal_open(path.c_str(), &status);
  if (journal == nullptr) return std::unexpected(error_of(status, path.string()));
  return JournalWriter{journal};
}

bool JournalWriter::step(const StepRecord& record) {
  tidemark_step_values values{};
  values.step = record.step;
  values.present =
      take(record.loss, tidemark_has_loss, values.loss) |
      take(record.learning_rate, tidemark_has_learning_rate, values.learning_rate) |
      take(record.gradient_norm, tidemark_has_gradient_norm, values.gradient_norm) |
      take(record.batch_size, tidemark_has_batch_size, values.batch_size) |
      take(record.step_time_seconds, tidemark_has_step_time, values.step_time_seconds) |
      take(record.data_wait_seconds, tidemark_has_data_wait, values.data_wait_seconds);
  return record.completes ? tidemark_journal_step_completion(journal_, &values)
                          : tidemark_journal_step(journal_, &values);
}

JournalCounts JournalWriter::counts() const {
  tidemark_counts counts{};
  tidemark_journal_read_counts(journal_, &counts);
  return {counts.records_taken, counts.dropped_full, counts.dropped_no_lane,
          counts.dropped_too_large, counts.dropped_disabled};
}

}  // namespace tidemark
