// The reader of a log: lines in, findings and progress kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logscan/classify.h"
#include "logscan/finding_store.h"
#include "logscan/line_head.h"
#include "logscan/line_splitter.h"
#include "logscan/logscan.h"
#include "logscan/quiet_lines.h"
#include "logscan/step_line_follower.h"
#include "logscan/traceback_reader.h"
#include "logscan/training_progress.h"
#include "logscan/utf16_decoder.h"
#include "logscan/verdict.h"

namespace tidemark {

struct LogReader::State {
 public:
  explicit State(std::int64_t utc_offset_seconds) : utc_offset_seconds_(utc_offset_seconds) {}
  void feed(std::string_view bytes, std::optional<double> arrived);
  LogSummary finish() &&;
  OutputVerdict finish_verdict() &&;

  // An exception whose message may go on counts as found.
  std::uint64_t errors_seen() const { return findings_.errors_added() + (message_ ? 1 : 0); }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t lines() const { return lines_.newlines(); }
  std::optional<std::int64_t> last_step() {
    catch_up();
    return training_.step();
  }
  std::vector<StepRecord> take_line_steps() { return line_steps_.take_steps(); }

 private:
  static constexpr std::size_t kMaxTraceback = 1500;

  /// An exception whose message may go on.
  struct OpenMessage {
    Raised raised{};
    std::string text{};     // class and message, for the patterns
    std::string message{};  // for people
    std::string label{};
    LogPlace place{};
    Progress at{};
    int lines = 0;
    int unindented = 0;
  };

  void feed_text(std::string_view bytes, double since);
  void feed_utf16(std::string_view bytes, double since);
  void take_arrived(std::string_view line, double since);
  void take_line(std::string_view line);
  bool takes_at_once(std::string_view line);
  void catch_up();
  void read_line(std::string_view line);
  void take_text(std::string_view line, bool beside_bar);
  void take_quiet(bool beside_bar, ReadAs read_as);
  void look_closer(std::string_view line, const Signs& signs, bool beside_bar);
  bool take_traceback(std::string_view text, std::string_view label, const Signs& signs);
  bool goes_on_message(std::string_view text, std::string_view label);
  void close_message();
  void add_raised(const OpenMessage& open);
  bool merge_into_chain(const Kept& raised, Chained chained);
  void take_end();
  void take_client_stop();
  bool take_client_line(std::string_view text);
  bool take_killed(std::string_view text);
  void take_said(std::string_view line, const LineHead& head, const Signs& signs,
                 std::string_view label);
  void take_warning(std::string_view line, const LineHead& head);
  void take_lost_number(std::string_view line);
  void take_worker(std::string_view line);
  bool is_in_config_dump(std::string_view line);
  void remember_timestamp(std::string_view line);

  LogPlace place();
  std::uint64_t add(Kept kept);
  Kept finding_of(const Judgement& judgement, std::string_view message);

  std::int64_t utc_offset_seconds_;
  LineSplitter lines_{};
  TrainingProgress training_{};
  StepLineFollower line_steps_{};    // of a log that is read as it comes
  std::optional<double> arrived_{};  // the line that is being read
  TracebackReader tracebacks_{};
  FindingStore findings_{};
  QuietLines quiet_{};
  std::optional<ReadAs> read_as_{};  // the line that is being read, where nothing is wrong in it
  std::optional<OpenMessage> message_{};
  std::optional<std::uint64_t> last_raised_{};  // the finding of the exception before
  std::optional<std::uint64_t> last_added_{};
  std::optional<std::uint64_t> wants_what_{};  // "terminate called": its words come next
  bool in_config_dump_ = false;
  std::array<char, 64> dated_head_{};  // the beginning of the last line that may have a timestamp
  std::size_t dated_head_size_ = 0;
  std::optional<std::int64_t> worker_pid_{};
  std::uint64_t skipped_batches_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<ClientStop> client_stop_{};
  std::optional<ClientEnd> client_end_{};
  std::string beginning_{};  // until its two bytes say what the log is written in
  bool begun_ = false;
  std::optional<Utf16Decoder> utf16_{};
  std::uint64_t raw_bytes_ = 0;  // decoded, of UTF-16
  std::uint64_t raw_line_begins_ = 0;
};

}  // namespace tidemark
