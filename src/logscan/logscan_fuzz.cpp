// Any bytes in any pieces: nothing is read outside, memory stays bounded, steps rise, and messages
// are short.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "logscan/logscan.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)tidemark::parse_progress_bar(text);
  // The first byte says how the rest is cut into pieces.
  const std::size_t piece = size == 0 ? 1 : std::size_t{data[0]} + 1;
  tidemark::OutputReader reader;
  double now = 1e9;
  for (std::size_t at = 0; at < size; at += piece, now += 0.5)
    reader.feed(text.substr(at, piece), now);
  (void)reader.verdict();
  auto steps = reader.take_steps();
  reader.finish();
  for (auto& step : reader.take_steps()) steps.push_back(step);
  for (const auto& step : steps) {
    require(step.step >= 0 && step.source == tidemark::StepSource::bar);
    require(step.unix_seconds >= 1e9 && step.unix_seconds <= now);
  }
  if (const auto verdict = reader.verdict(); verdict.exception) {
    require(verdict.exception->message.size() <= 500);
    require(verdict.exception->type.size() <= 120);
  }
  return 0;
}
