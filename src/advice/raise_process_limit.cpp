#include <fmt/format.h>

#include <algorithm>

#include "advice/rules.h"

namespace tidemark {

std::optional<Recommendation> raise_process_limit(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  if (pool == nullptr || pool->kind != PoolKind::process ||
      !names_finding(analysis, "process_limit"))
    return std::nullopt;
  const bool address_space = pool->name.find("RLIMIT_AS") != std::string::npos;
  // The request that failed is not known: half as much again is a start, no limit is the answer.
  const Bytes more =
      limit_for(analysis, std::max(pool->peak, Bytes{pool->limit.count + pool->limit.count / 2}));

  Recommendation advice;
  advice.id = "raise_process_limit";
  advice.severity = memory_severity(analysis);
  advice.title = fmt::format("Raise or remove the {}", pool->name);
  advice.action = fmt::format(
      "Start the trainer with `ulimit -{} unlimited`, or with at least {} (systemd: Limit{}=)",
      address_space ? "v" : "d", format_bytes(more), address_space ? "AS" : "DATA");
  advice.impact = "allocations are then refused only when memory itself is short";
  advice.current_value = to_gib(pool->limit);
  advice.recommended_value = to_gib(more);
  advice.cost = "none; where somebody set the limit on purpose, ask them";
  advice.finding = "process_limit";
  advice.evidence = {peak_evidence(*pool)};
  return advice;
}

}  // namespace tidemark
