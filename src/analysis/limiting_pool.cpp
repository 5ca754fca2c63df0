#include <algorithm>
#include <cmath>
#include <csignal>

#include "analysis/analysis.h"
#include "analysis/error_text.h"

namespace tidemark {
namespace {

// A pool of resident memory this full explains a failed allocation by itself; a bus error needs
// /dev/shm to be full.
constexpr double kFull = 0.90;

using Index = std::optional<std::size_t>;

Index fullest(const RunFacts& facts, std::initializer_list<PoolKind> kinds) {
  Index best;
  for (std::size_t i = 0; i < facts.pools.size(); ++i) {
    const auto& pool = facts.pools[i];
    if (pool.limit.count <= 0 || std::ranges::find(kinds, pool.kind) == kinds.end()) continue;
    if (!best || pool.fraction() > facts.pools[*best].fraction()) best = i;
  }
  return best;
}

bool is_full(const RunFacts& facts, Index index) {
  return index && facts.pools[*index].fraction() >= kFull;
}

// Whose limit the kernel enforced. A counted hit of the cgroup's limit tells; that none was counted
// does not: cgroup v1 counts no hits of a limit on memory and swap (seen with Linux 6.18).
Index named_by_kill(const RunFacts& facts) {
  const Index cgroup = fullest(facts, {PoolKind::cgroup});
  const Index host = fullest(facts, {PoolKind::host, PoolKind::unified});
  if (cgroup && (facts.cgroup_limit_hits.value_or(0) > 0 || is_full(facts, cgroup))) return cgroup;
  if (is_full(facts, host)) return host;
  return fullest(facts, {PoolKind::cgroup, PoolKind::host, PoolKind::unified});
}

// The message gives the size of its device as the driver has it, less what the driver keeps: among
// several devices the fullest of that size, and where none fits the fullest of all. Samples may
// show less than the message: the pool is the one that refused, whatever was seen of it.
Index device_that_refused(const RunFacts& facts) {
  constexpr double kSameSize = 0.03;
  const Bytes said = facts.deciding ? facts.deciding->device_total.value_or(Bytes{}) : Bytes{};
  Index best;
  bool best_fits = false;
  for (std::size_t i = 0; i < facts.pools.size(); ++i) {
    const auto& pool = facts.pools[i];
    if (pool.kind != PoolKind::gpu || pool.limit.count <= 0) continue;
    const bool fits = std::abs(ratio(said, pool.limit) - 1) < kSameSize;
    const bool fuller = best && pool.fraction() > facts.pools[*best].fraction();
    if (best && (fits < best_fits || (fits == best_fits && !fuller))) continue;
    best = i;
    best_fits = fits;
  }
  return best ? best : fullest(facts, {PoolKind::unified});
}

Index named_by_error(const RunFacts& facts, const RunExit& exit) {
  const Index shm = fullest(facts, {PoolKind::shm});
  if (exit.signal == SIGBUS && is_full(facts, shm)) return shm;
  if (!facts.exception || !facts.exception->out_of_memory) return std::nullopt;
  if (names_shared_memory(*facts.exception) && shm) return shm;
  if (names_device_memory(*facts.exception)) return device_that_refused(facts);
  // An allocation that the kernel refuses although memory is there: a limit of the process. The
  // request may have been large, so its use need not have been near the limit.
  const Index process = fullest(facts, {PoolKind::process});
  const bool memory_was_there =
      !is_full(facts, fullest(facts, {PoolKind::host, PoolKind::unified, PoolKind::cgroup}));
  return process && (memory_was_there || is_full(facts, process)) ? process : std::nullopt;
}

}  // namespace

std::optional<std::size_t> limiting_pool_of(const RunFacts& facts, const RunExit& exit) {
  Index named;
  if (exit.kind == ExitKind::oom_killed) named = named_by_kill(facts);
  if (exit.kind == ExitKind::oom_exception) named = named_by_error(facts, exit);
  if (named) return named;
  return fullest(facts, {PoolKind::host, PoolKind::unified, PoolKind::gpu, PoolKind::cgroup,
                         PoolKind::process, PoolKind::shm});
}

}  // namespace tidemark
