#include "logscan/verdict.h"

#include <algorithm>

#include "logscan/masking.h"
#include "logscan/primary.h"

namespace tidemark {
namespace {

constexpr std::string_view kInterrupt = "KeyboardInterrupt";

/// A failed allocation. Descriptors are none, though they run out as shared memory does.
bool is_failed_allocation(const LogFinding& finding) {
  return is_memory(finding.category) && finding.category != LogCategory::host_oom_kill &&
         !finding.message.contains("Too many open files") && !finding.message.contains("ancdata");
}

SeenException seen_exception(const Kept& kept) {
  const LogFinding& finding = kept.finding;
  // A class without a message stands for it among the findings.
  return {.type = fit_text(kept.type, 120),
          .message = finding.message == finding.exception ? std::string{} : finding.message,
          .out_of_memory = is_failed_allocation(finding)};
}

/// Where the user or the client stopped the program; what fell over behind it did not stop it.
std::optional<std::uint64_t> stopped_at(std::span<const Kept> findings, const Progress& at_end,
                                        const std::optional<ClientStop>& stop,
                                        OutputVerdict& verdict) {
  std::optional<std::uint64_t> at;
  if (stop && !went_on(stop->at, at_end)) {
    verdict.client_stop = true;
    at = stop->byte_offset;
  }
  for (const auto& kept : findings) {
    if (kept.finding.exception != kInterrupt || was_survived(kept, at_end)) continue;
    verdict.keyboard_interrupt = true;
    at = std::min(at.value_or(kept.finding.first.byte_offset), kept.finding.first.byte_offset);
  }
  return at;
}

}  // namespace

OutputVerdict judge_end(std::span<const Kept> findings, const Progress& at_end,
                        const std::optional<ClientStop>& stop) {
  OutputVerdict verdict;
  const auto stopped = stopped_at(findings, at_end, stop, verdict);
  const auto primary = choose_primary(findings, at_end);
  if (!primary.index || !primary.fatal) return verdict;
  const Kept& deciding = findings[*primary.index];
  const bool memory = is_failed_allocation(deciding.finding);
  const bool raised =
      !deciding.finding.exception.empty() && deciding.finding.exception != kInterrupt;
  const bool fell_over = stopped && deciding.finding.first.byte_offset > *stopped;
  if (memory || (raised && !fell_over)) verdict.exception = seen_exception(deciding);
  return verdict;
}

}  // namespace tidemark
