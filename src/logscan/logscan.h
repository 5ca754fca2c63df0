// Trainer output -> what it says: steps from the progress bar, and what ended the run. Output is
// hostile: any bytes, any line length, any number of carriage returns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/step.h"

namespace tidemark {

/// One drawing of a progress bar.
struct ProgressBar {
  std::string description{};
  std::int64_t position = 0;
  std::optional<std::int64_t> total{};
  std::optional<double> elapsed_seconds{};
  std::optional<double> seconds_per_step{};
  std::optional<double> loss{};
  std::optional<double> learning_rate{};
};

/// A tqdm-like bar; absent when the line is none.
std::optional<ProgressBar> parse_progress_bar(std::string_view line);

/// False for bars that are drawn while loading, caching, sampling, quantizing or downloading.
bool is_training_bar(const ProgressBar& bar);

/// The exception that ended the output, if one did.
struct SeenException {
  std::string type{};      // "MemoryError", "torch.OutOfMemoryError": as printed
  std::string message{};   // at most 500 bytes, secrets masked
  bool out_of_memory = false;  // a failed allocation: MemoryError, bad_alloc, CUDA/HIP/XPU/MPS, CPU allocator, shm
};

struct OutputVerdict {
  std::optional<SeenException> exception{};
  bool keyboard_interrupt = false;   // KeyboardInterrupt was what ended it
  bool client_stop = false;          // ai-toolkit's "Job stopped" / "Job returning to queue"
};

/// Reads a stream of output as it arrives. Memory use is bounded, whatever comes.
class OutputReader {
 public:
  /// `unix_seconds`: when these bytes arrived.
  void feed(std::string_view bytes, double unix_seconds);
  /// Steps seen since the last call, each once, with the values of its last drawing.
  std::vector<StepRecord> take_steps();
  /// The training bar's total, once one was seen.
  std::optional<std::int64_t> total_steps() const { return total_steps_; }
  /// What the end of the output says; call it after the last bytes.
  OutputVerdict verdict() const;

 private:
  void take_line(std::string_view line, double unix_seconds);
  std::string pending_{};              // an unfinished line, bounded
  bool overlong_ = false;              // the rest of the current line is passed over
  std::optional<std::int64_t> total_steps_{};
  std::vector<StepRecord> steps_{};
};

}  // namespace tidemark
