#include <algorithm>

#include "analysis/exit_classifier.h"

namespace tidemark {
namespace {

void add_pool(std::vector<PoolUse>& pools, PoolKind kind, std::string_view name,
              std::optional<Bytes> used, std::optional<Bytes> limit) {
  if (!used || !limit || limit->count <= 0) return;
  pools.push_back({kind, std::string{name}, std::max(*used, Bytes{}), *limit});
}

}  // namespace

std::vector<PoolUse> pools_of(const SampleRow& sample) {
  std::vector<PoolUse> pools;
  add_pool(pools, PoolKind::host, "machine memory", sample.used, sample.total);
  // cgroup v1 writes "no limit" as a number near 2^63: a limit that the machine cannot reach is
  // none.
  const bool below_machine =
      sample.cgroup_limit && (!sample.total || *sample.cgroup_limit < *sample.total);
  if (below_machine)
    add_pool(pools, PoolKind::cgroup, "container limit", sample.cgroup_working_set,
             sample.cgroup_limit);
  add_pool(pools, PoolKind::process, "address space limit RLIMIT_AS", sample.address_space_used,
           sample.address_space_limit);
  add_pool(pools, PoolKind::process, "data limit RLIMIT_DATA", sample.data_used, sample.data_limit);
  add_pool(pools, PoolKind::shm, "/dev/shm", sample.shm_used, sample.shm_total);
  return pools;
}

}  // namespace tidemark
