// One stream of the trainer's output and what reads it: the steps as they come, and what goes
// wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "logscan/logscan.h"
#include "monitor/output_follower.h"
#include "telemetry/log_record.h"

namespace tidemark {

class RunOutput {
 public:
  /// `reader`: its name in the store, unique within the run.
  RunOutput(const OutputSource& source, std::string reader, std::int64_t utc_offset_seconds);

  int poll_fd() const { return follower_.poll_fd(); }
  /// How much has come so far.
  std::uint64_t bytes() const { return log_.bytes(); }
  bool has_source() const { return follower_.has_source(); }
  /// Reads what waits, stamped with its arrival. True: there is more.
  bool read_available(double unix_seconds);
  /// The stream has ended.
  void finish();

  /// From bars; where the stream draws none, from lines that say a step.
  std::vector<StepRecord> take_steps();
  std::vector<OutputPhase> take_phases() { return steps_.take_phases(); }
  OutputVerdict verdict() const { return log_.verdict(); }

  /// Where the stream stands; at most every few seconds, and only when something came. Once more
  /// when it has ended: what ended the run stands there.
  std::optional<LogMark> take_mark(double unix_seconds);
  /// All that went wrong so far, when there is an error that nobody has taken; at most every few
  /// seconds.
  std::optional<LogErrors> take_new_errors(double unix_seconds);
  LogErrors errors() const;

 private:
  /// A moment at which both clocks were read: the world's, and that of the training bar.
  struct BarClock {
    double unix_seconds = 0;
    double elapsed_seconds = 0;
  };
  std::optional<double> time_of(const LogPlace& place) const;
  LogErrorRecord record_of(const LogFinding& finding) const;

  std::string name_;
  OutputFollower follower_;
  OutputReader steps_{};
  LogReader log_;
  std::optional<BarClock> earlier_{};  // at the end of what was there before it was followed
  std::uint64_t bytes_marked_ = 0;
  double marked_at_ = 0;
  bool ended_ = false;
  std::uint64_t errors_taken_ = 0;
  double errors_taken_at_ = 0;
};

/// Of what several streams say decided the run: the worst; of the same severity the first.
const LogErrorRecord* deciding_of(const std::vector<LogErrors>& streams);

}  // namespace tidemark
