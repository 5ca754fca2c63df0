// Trainer output -> what it says: steps from the progress bar, and what ended the run. Output is
// hostile: any bytes, any line length, any number of carriage returns. A stream passes these: bytes
// are split into lines (line_splitter), a line is searched for a drawing of a bar (progress_bar),
// the drawings of the one bar that counts training steps become steps (bar_follower), and
// tracebacks become a verdict (exception_tracker).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The exception that ended the output.
struct SeenException {
  std::string type{};     // as printed: "torch.OutOfMemoryError"; empty: only a message was
  std::string message{};  // at most 500 bytes of valid UTF-8, secrets masked
  /// A failed allocation: MemoryError, bad_alloc, CUDA/HIP/XPU/MPS, the CPU allocator, shared
  /// memory.
  bool out_of_memory = false;
};

/// Of what was raised since training last went on by two steps: an allocation that failed before
/// anything else, however it was passed on; else the last exception, but what only echoes another
/// one's end (a launcher's ChildFailedError, a lost connection) last of all.
struct OutputVerdict {
  std::optional<SeenException> exception{};
  bool keyboard_interrupt = false;  // KeyboardInterrupt was what ended it
  bool client_stop = false;         // ai-toolkit's "Job stopped" / "Job returning to queue"
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
  /// Steps that nobody took before newer ones needed their place.
  std::uint64_t dropped_steps() const;
  /// How many steps the training bar promises, once one was seen: its total plus epochs before.
  std::optional<std::int64_t> total_steps() const;
  /// Where the training bar stood last, step 0 included.
  std::optional<std::int64_t> last_step() const;
  /// What the end of the output says; call it after the last bytes. An unfinished line counts.
  OutputVerdict verdict() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
