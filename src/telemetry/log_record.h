// What is kept of a run's output: what went wrong in it, and when its bytes came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace tidemark {

enum class LogSeverity : std::uint8_t { warning, error, critical };

/// Something that the output said, however often. Its texts are bounded and have no secrets.
struct LogErrorRecord {
  LogSeverity severity = LogSeverity::error;  // warning where the run survived it
  std::string category{};                     // as the log reader names it; empty: not its finding
  std::string message{};
  std::string exception{};  // empty: printed without one
  std::string traceback{};
  std::vector<std::string> chain{};      // the other exceptions of its chain: "KeyError: 'x'"
  std::optional<double> unix_seconds{};  // when it was said first, as far as that is known
  std::optional<double> last_unix_seconds{};
  std::optional<std::int64_t> line{};  // of the stream, counted over files that took turns
  std::optional<std::int64_t> byte_offset{};
  std::optional<std::int64_t> step{};
  std::optional<std::int64_t> last_line{};
  std::optional<std::int64_t> last_step{};
  std::int64_t count = 1;
  std::optional<Bytes> requested{}, device_total{}, device_free{}, allocated{}, reserved{};
  std::optional<std::int64_t> worker_pid{};
  bool decides = false;        // of its stream, this is what decided the run
  bool skipped_batch = false;  // ai-toolkit's word that it skipped so many batches after it
};

/// An allocation that failed; a kill from outside is none.
inline bool is_out_of_memory(const LogErrorRecord& error) {
  return error.category.ends_with("_oom") || error.category == "shm_exhausted";
}

/// All that one reader of one stream has found so far.
struct LogErrors {
  std::string reader{};  // which reader of which stream: unique within the run
  std::vector<LogErrorRecord> errors{};
};

/// How far a stream had come at one moment.
struct LogMark {
  std::string reader{};
  std::int64_t byte_offset = 0;
  std::int64_t line = 0;
  double unix_seconds = 0;
  std::optional<std::int64_t> step{};
};

}  // namespace tidemark
