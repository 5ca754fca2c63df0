// All readers of runs that go on. One look at the database serves every reader of a run.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"
#include "server/event_stream.h"
#include "store/store.h"

namespace tidemark {

/// "SAMPLE-STEP-EVENT", as an event's id carries it.
std::string text_of(const RowMark& mark);
/// Absent: no mark.
std::optional<RowMark> parse_row_mark(std::string_view text);

class StreamHub {
 public:
  StreamHub(std::size_t most_readers, std::size_t most_queued_bytes)
      : most_readers_(most_readers), most_queued_bytes_(most_queued_bytes) {}

  /// A reader of the run's rows behind `after`; it leaves by letting go of its stream. Null: there
  /// are as many readers as may be.
  std::shared_ptr<EventStream> join(const RunKey& run, const RowMark& after, const Frame& greeting);

  /// Whether anybody reads. Forgets those who left.
  bool has_readers();

  /// Sends every reader that has room what came since it was last sent something. `status_of`: of
  /// the run as it is stored now. A database that cannot be read now is asked again at the next
  /// call.
  void send_news(Store& store, const std::function<RunStatus(const StoredRun&)>& status_of,
                 double unix_now);

 private:
  struct Reader {
    std::weak_ptr<EventStream> stream{};
    RunKey run{};
    RowMark mark{};
    double last_sent = 0;  // unix seconds
  };
  using Readers = std::vector<Reader*>;

  void send_run_news(Store& store, const Readers& readers,
                     const std::function<RunStatus(const StoredRun&)>& status_of, double unix_now);
  std::vector<std::shared_ptr<Reader>> present_readers();

  std::size_t most_readers_, most_queued_bytes_;
  std::mutex lock_{};  // of the list; a reader's fields are those of the one who sends
  std::vector<std::shared_ptr<Reader>> readers_{};
  std::mutex sending_{};
};

}  // namespace tidemark
