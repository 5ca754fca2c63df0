#include <fmt/format.h>

#include <algorithm>

#include "advice/rules.h"

namespace tidemark {

std::optional<Recommendation> enlarge_shm(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  if (pool == nullptr || pool->kind != PoolKind::shm || !names_finding(analysis, "shm_too_small"))
    return std::nullopt;
  // A page that was not found leaves no trace of how many more were wanted: twice as much, 1 GB at
  // least (containers are often given 64 MB).
  const Bytes wanted =
      std::max({limit_for(analysis, pool->peak), Bytes{2 * pool->limit.count}, gib(1)});

  Recommendation advice;
  advice.id = "enlarge_shm";
  advice.severity = memory_severity(analysis);
  advice.title = "Make /dev/shm larger";
  advice.action = fmt::format(
      "Give it at least {} (docker run --shm-size, Kubernetes emptyDir with medium Memory, "
      "mount -o remount,size=), or set the DataLoader's num_workers to 0",
      format_bytes(wanted));
  advice.impact = "workers can hand their batches over";
  advice.current_value = to_gib(pool->limit);
  advice.recommended_value = to_gib(wanted);
  advice.cost = "its pages are memory: they count as used while they are";
  advice.finding = "shm_too_small";
  advice.evidence = {peak_evidence(*pool)};
  return advice;
}

}  // namespace tidemark
