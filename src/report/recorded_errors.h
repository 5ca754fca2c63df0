// What went wrong in a run: as its output said it, and as its events recorded it. Private to
// report.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "analysis/analysis.h"
#include "report/report.h"

namespace tidemark {

/// Of an event of type `exception` or `oom_error` whose details are {"exception": ..., "message":
/// ...}.
std::optional<SeenError> recorded_error(const EventRecord& event);

/// Two readers may have read the same file (a monitor that died, and the one that went on): what
/// both found is one entry, with the earlier reader's time and the later one's count.
std::vector<LogErrorRecord> merge_readers(std::vector<LogErrorRecord> errors);

/// The event and the output tell of the same exception.
bool is_same_error(const LogErrorRecord& said, const SeenError& recorded);

/// Fills in when each error came, where only its step is known, and what memory was at then.
class ErrorDating {
 public:
  explicit ErrorDating(std::vector<LogError>& errors);
  /// Steps first.
  void add(const StepRecord& step);
  void add(const SampleRow& sample);

 private:
  std::vector<LogError>& errors_;
  std::vector<double> distance_;  // in seconds, of the nearest sample so far
  std::unordered_multimap<std::int64_t, std::size_t> undated_{};  // by step
};

}  // namespace tidemark
