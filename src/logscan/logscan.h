// Trainer output -> what it says. Output is hostile: any bytes, any line length, any number of
// carriage returns. Two readers share the parts: bytes are split into lines (line_splitter), a line
// is searched for a drawing of a bar (progress_bar), and the drawings of the one bar that counts
// training steps are followed (bar_follower). `OutputReader` follows a live run's steps.
// `LogReader` reads a log at disk speed, or a live run's as it comes: findings, each with its
// category, and which of them decided the run; docs/log_reader.md says how.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "telemetry/log_record.h"
#include "telemetry/step.h"

namespace tidemark {

/// One drawing of a progress bar.
struct ProgressBar {
  std::string description{};  // at most 256 bytes, as printed
  std::int64_t position = 0;
  std::optional<std::int64_t> total{};
  std::optional<double> elapsed_seconds{};   // on the bar's own clock, which pauses with the bar
  std::optional<double> seconds_per_step{};  // its smoothed rate; absent while it shows "?"
  std::optional<double> loss{};              // NaN and infinity are kept as such
  std::optional<double> learning_rate{};
  std::optional<double> gradient_norm{};
  std::string unit{};  // "it", "B", "examples"; empty when not shown
};

/// The first tqdm-like bar of a line, whatever stands around it; absent when there is none.
std::optional<ProgressBar> parse_progress_bar(std::string_view line);

/// True for a bar that counts training steps. By the first of these that applies:
/// 1. bytes and epochs as its unit, or "Epochs" as its description: false.
/// 2. a learning rate in its postfix: true, whatever its description says (ai-toolkit's is the
///    name of the job).
/// 3. a description with a word of loading, downloading, caching, sampling, quantizing, tokenizing,
///    validating and the like (bar_kind.cpp has the table): false.
/// 4. a loss in its postfix: true.
/// 5. a description with a word of training ("Steps", "train", "Epoch 3"), counted in steps: true.
/// 6. no description, a total, counted in steps, as transformers draws it: true. The weakest sign;
///    an OutputReader holds such steps back until it knows better.
bool is_training_bar(const ProgressBar& bar);

/// A phase of the run that its output tells of, as the trainer's own hook would name it:
/// "sampling", "checkpoint_save", "latent_caching", "text_embedding_caching", "train".
struct OutputPhase {
  std::string_view name{};  // static
  bool begins = true;
  double unix_seconds = 0;  // when the word of it arrived
};

/// Reads a stream of output as it arrives. Memory use is bounded, whatever comes: a line of 64 KiB,
/// the steps not yet taken (the newest 65,536), and a few values.
class OutputReader {
 public:
  OutputReader();
  OutputReader(OutputReader&&) noexcept;
  OutputReader& operator=(OutputReader&&) noexcept;
  ~OutputReader();

  /// `unix_seconds`: when these bytes arrived.
  void feed(std::string_view bytes, double unix_seconds);
  /// Takes the unfinished line and lets go of the last step. Call it once, after the last bytes.
  void finish();

  /// Steps seen since the last call, each number once and rising, with the values of the last
  /// drawing of its position: so a step comes when the next one is drawn, the last one at `finish`.
  /// (Numbers begin anew only where a surer bar takes over from one that was let through already.)
  /// - `step`: the position as drawn; of a bar that starts anew for each epoch, plus the epochs
  ///   before. A bar that goes back otherwise (a restart from a checkpoint) gives no number twice.
  /// - `unix_seconds`: when the drawing that brought its values began to arrive; drawing the same
  ///   again does not move it.
  /// - `step_time_seconds`: the bar's own rate, because its clock is the trainer's, leaves out
  ///   pauses for saving and sampling, and knows nothing of how the output reached us. Where the
  ///   bar shows none: the time between arrivals, divided by the positions between them.
  std::vector<StepRecord> take_steps();
  /// Phases that began or ended since the last call, in order. What has not ended when the stream
  /// does goes on to the run's end.
  std::vector<OutputPhase> take_phases();
  /// Steps that nobody took before newer ones needed their place.
  std::uint64_t dropped_steps() const;
  /// How many steps the training bar promises, once one was seen: its total plus epochs before.
  std::optional<std::int64_t> total_steps() const;
  /// Where the training bar stood last, step 0 included.
  std::optional<std::int64_t> last_step() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a finding is about. The first seven are memory.
enum class LogCategory : std::uint8_t {
  cuda_oom,
  hip_oom,
  xpu_oom,
  mps_oom,
  host_oom,
  host_oom_kill,
  shm_exhausted,
  cuda_error,
  nccl_error,
  config_error,
  missing_file,
  auth_error,
  network_error,
  disk_full,
  data_error,
  numerical,
  dependency_error,
  other_error,
  warning_only,
  none,
};
std::string_view name_of(LogCategory category);

enum class LogLevel : std::uint8_t { none, warning, error, critical };
std::string_view name_of(LogLevel level);

/// What the message of a failed allocation says; absent where it does not.
struct MemoryFigures {
  std::optional<Bytes> requested{};
  std::optional<Bytes> device_total{};
  std::optional<Bytes> device_free{};
  std::optional<Bytes> allocated{};
  std::optional<Bytes> reserved{};
};

/// Where something stands in the log.
struct LogPlace {
  std::uint64_t line = 0;  // counted by newlines, from 1
  std::uint64_t byte_offset = 0;
  std::optional<std::int64_t> step{};       // where the training bar stood
  std::optional<double> elapsed_seconds{};  // the training bar's own clock
  std::optional<double> unix_seconds{};     // the last timestamp at a line's head
  std::optional<double> arrived{};          // unix seconds, of a log that is read as it comes
};

/// Something that went wrong, or was warned of; the same said again is one finding. Its texts are
/// bounded, valid UTF-8, with secrets and user names masked.
struct LogFinding {
  LogCategory category = LogCategory::other_error;
  LogLevel level = LogLevel::error;  // warning where the run survived it
  std::string message{};
  std::string exception{};           // the class without its module; empty: printed without one
  std::string traceback{};           // the user's deepest frame and the last ones; empty: none
  std::vector<std::string> chain{};  // the other exceptions of its chain, in their order
  MemoryFigures figures{};
  std::optional<std::int64_t> worker_pid{};
  bool skipped_batch = false;  // ai-toolkit's word that it skipped so many batches
  LogPlace first{};
  LogPlace last{};
  std::uint64_t count = 1;
};

/// What a whole log says.
struct LogSummary {
  LogCategory primary = LogCategory::none;
  LogLevel level = LogLevel::none;
  std::optional<std::size_t> deciding{};  // in `findings`; absent where nothing went wrong
  std::vector<LogFinding> findings{};     // in the order of the log
  std::uint64_t findings_left_out = 0;    // distinct ones beyond what is kept
  /// The last training bar or step line, as printed: a bar that starts anew each epoch does too.
  std::optional<std::int64_t> last_step{};
  std::optional<std::int64_t> total_steps{};
  std::optional<double> last_elapsed_seconds{};  // the training bar's own clock
  std::optional<double> last_loss{};
  std::optional<double> last_learning_rate{};
  std::optional<double> seconds_per_step{};
  std::optional<std::int64_t> worker_pid{};  // of the data loader's worker that is named first
  std::uint64_t skipped_batches = 0;         // ai-toolkit's, after out-of-memory errors it caught
  bool has_traceback = false;                // Python stack frames were printed
  bool stopped_by_client = false;            // ai-toolkit's "Job stopped", "Job returning to queue"
  bool utf16 = false;                        // by its byte order mark
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
};

/// The exception that ended the output.
struct SeenException {
  std::string type{};     // as printed: "torch.OutOfMemoryError"; empty: only a message was
  std::string message{};  // at most 500 bytes of valid UTF-8, secrets masked
  /// A failed allocation: MemoryError, bad_alloc, CUDA/HIP/XPU/MPS, the CPU allocator, shared
  /// memory.
  bool out_of_memory = false;
};

/// How ai-toolkit's worker says that the job's process ended: "Job process terminated with exit
/// code 1." or "... with signal SIGKILL.", which it adds to the log after the end.
struct ClientEnd {
  std::optional<std::int32_t> code{};
  std::string signal{};
};

/// A line that only ai-toolkit's worker writes, whole; it puts the same into the job's row.
std::optional<ClientEnd> parse_client_end(std::string_view line);

/// How the output ended.
struct OutputVerdict {
  /// The exception that decided the run, or an allocation that failed; none where training went on
  /// by two steps, and none of what fell over behind an interrupt or a stop.
  std::optional<SeenException> exception{};
  bool keyboard_interrupt = false;  // KeyboardInterrupt was what ended it
  bool client_stop = false;         // ai-toolkit's "Job stopped" / "Job returning to queue"
  std::optional<ClientEnd> client_end{};
};

/// Reads a log from its first byte, from a file or as it comes. Memory is bounded whatever comes;
/// it may be asked at any time.
class LogReader {
 public:
  /// `utc_offset_seconds`: of timestamps without a zone.
  explicit LogReader(std::int64_t utc_offset_seconds = 0);
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  ~LogReader();

  /// `arrived`: when these bytes came, in unix seconds; absent for what was there already.
  void feed(std::string_view bytes, std::optional<double> arrived = std::nullopt);
  /// Of all that was fed; an unfinished line counts.
  LogSummary summary() const;
  OutputVerdict verdict() const;

  /// Changes when an error was found that is none of those before; cheap, unlike `summary`.
  std::uint64_t errors_seen() const;
  /// Whole lines that were read, and where the training stood in the last of them.
  std::uint64_t bytes() const;
  std::uint64_t lines() const;
  std::optional<std::int64_t> last_step() const;
  /// Steps printed as lines of their own ("step 100/2000 loss: 0.3") that arrived since the last
  /// call, rising; a count that starts anew for each epoch goes on behind the epochs before.
  std::vector<StepRecord> take_line_steps();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// By which of the marks of a stream that was followed the byte at `byte_offset` had come, and
/// where the training stood; null where that is not known: behind the last mark, among those of
/// several readers, and of what may have been there before the stream was followed from `began` on.
const LogMark* mark_of(std::span<const LogMark> marks, double began, std::uint64_t byte_offset);

}  // namespace tidemark
