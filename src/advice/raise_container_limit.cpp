#include <fmt/format.h>

#include "advice/rules.h"

namespace tidemark {

// Offered where the machine has the room; a run that was killed at its limit wanted more than it,
// by how much is not known.
std::optional<Recommendation> raise_container_limit(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  if (pool == nullptr || pool->kind != PoolKind::cgroup || !analysis.facts.at_peak)
    return std::nullopt;
  const auto machine = analysis.facts.at_peak->total;
  const Bytes needed = limit_for(analysis, pool->peak);
  if (!machine || needed > *machine) return std::nullopt;
  const bool killed = is_oom(analysis.exit.kind);

  Recommendation advice;
  advice.id = "raise_container_limit";
  advice.severity = memory_severity(analysis);
  advice.title = "Give the container more memory";
  advice.action = fmt::format(
      "Raise its memory limit to {}{} (docker run --memory, Kubernetes limits.memory, systemd "
      "MemoryMax=)",
      killed ? "at least " : "", format_bytes(needed));
  advice.impact =
      killed ? fmt::format(
                   "room for {} more than where it was killed; what it would have needed is not "
                   "known",
                   format_bytes(needed - pool->limit))
             : fmt::format("the same peak would be {} of the limit",
                           format_percent(ratio(pool->peak, needed)));
  advice.current_value = to_gib(pool->limit);
  advice.recommended_value = to_gib(needed);
  advice.cost = fmt::format("leaves less of the machine's {} to others", format_bytes(*machine));
  advice.finding = names_finding(analysis, "container_limit") ? "container_limit"
                   : names_finding(analysis, "near_limit")
                       ? "near_limit"
                       : analysis.summary.primary_cause.value_or("");
  advice.evidence = {peak_evidence(*pool)};
  return advice;
}

}  // namespace tidemark
