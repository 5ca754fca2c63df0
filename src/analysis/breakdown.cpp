#include "analysis/breakdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "analysis/device_breakdown.h"
#include "analysis/division.h"
#include "analysis/process_split.h"
#include "analysis/tenants.h"
#include "telemetry/machine_memory.h"

namespace tidemark {
namespace {

std::string_view pss_text(PssBasis basis) {
  switch (basis) {
    case PssBasis::measured:
      return "PSS";
    case PssBasis::scaled:
      return "PSS, scaled from RSS by the last reading";
    case PssBasis::none:
      return "RSS; PSS was never read";
    case PssBasis::pending:
      return "by what the cgroup gained with them; PSS was not read yet";
    case PssBasis::kernel:
      return "by the kernel's account of the kill";
  }
  return "";
}

Basis basis_of(PssBasis basis) {
  return is_exact(basis) ? Basis::measured : Basis::estimated;
}

// Anonymous and shared pages of the main process, where the sample kept them: pages of files that
// it maps are page cache, which the pool does not count as used.
std::optional<Bytes> main_without_files(const SampleRow& sample) {
  for (const auto& process : sample.processes) {
    if (process.role != ProcessRole::main || !process.rss_anon) continue;
    const Bytes resident = *process.rss_anon + process.rss_shmem.value_or(Bytes{});
    return sample.main_process ? std::min(*sample.main_process, resident) : resident;
  }
  if (sample.main_process && sample.main_anon)
    return std::min(*sample.main_process, *sample.main_anon + sample.main_shmem.value_or(Bytes{}));
  return sample.main_process;
}

// Without a reading of PSS the sum over workers is of RSS, which counts shared pages once for each:
// only what is private is then known to be theirs.
std::optional<Bytes> worker_share(const SampleRow& sample) {
  return sample.process_basis == PssBasis::none || !sample.worker ? sample.worker_uss
                                                                  : sample.worker;
}

bool workers_are_known(const SampleRow& sample) {
  return sample.worker_count.value_or(0) == 0 || worker_share(sample).has_value();
}

// What the run holds of the pool, as far as it was measured. A cgroup has no GPU memory: the kernel
// charges none to it.
Bytes run_share(PoolKind kind, const SampleRow& sample) {
  const Bytes resident = main_without_files(sample).value_or(Bytes{}) +
                         worker_share(sample).value_or(Bytes{}) + sample.child.value_or(Bytes{});
  if (kind != PoolKind::unified) return resident;
  return resident + shared_gpu_run_memory(sample).value_or(Bytes{});
}

std::optional<Bytes> use_of(PoolKind kind, const SampleRow& sample) {
  return kind == PoolKind::cgroup ? sample.cgroup_working_set : machine_used(sample);
}

// What the tenants that are named hold of the pool. Absent: nobody looked for them.
std::optional<Bytes> tenant_share(const SampleRow& sample, const PoolPeak& pool) {
  if (pool.kind == PoolKind::cgroup) return sample.tenant_cgroup_memory;
  const auto on_gpu =
      pool.kind == PoolKind::unified ? shared_gpu_memory_of_others(sample) : std::nullopt;
  if (!on_gpu) return sample.tenant_memory;
  return sample.tenant_memory.value_or(Bytes{}) + *on_gpu;
}

void give_processes(Division& division, const SampleRow& sample, const PoolPeak& pool) {
  const auto basis = basis_of(sample.process_basis);
  const auto count = sample.worker_count.value_or(0);
  division.give(
      "dataloader_workers", worker_share(sample), basis,
      fmt::format("{} worker process{}, {}", count, count == 1 ? "" : "es",
                  sample.process_basis == PssBasis::none ? "USS where it was read"
                                                         : pss_text(sample.process_basis)));
  const auto main = main_without_files(sample);
  const Bytes spike =
      pool.basis == Basis::estimated ? std::max(pool.peak - pool.sampled, Bytes{}) : Bytes{};
  auto detail = fmt::format(
      "the trainer's own process ({}): weights, gradients, optimizer state and activations "
      "are not told apart",
      pss_text(sample.process_basis));
  if (spike.count > 0) detail += "; the part between two samples is from its exact peak RSS";
  division.give("main_process", main ? std::optional{*main + spike} : std::nullopt,
                spike.count > 0 ? Basis::estimated : basis, std::move(detail));
  division.give("child_processes", sample.child, basis,
                fmt::format("{} descendants that are no workers", sample.child_count.value_or(0)));
}

// The first scan is finished a sample after the first one, which had the same tenants.
Bytes first_tenant_share(const RunFacts& facts, const PoolPeak& pool) {
  if (pool.kind == PoolKind::cgroup) return facts.baseline.tenants_in_cgroup.value_or(Bytes{});
  const auto on_gpu =
      pool.kind == PoolKind::unified ? shared_gpu_memory_of_others(*facts.first) : std::nullopt;
  return facts.baseline.tenants.value_or(Bytes{}) + on_gpu.value_or(Bytes{});
}

// Without a list of processes (an APU's desktop and its run in one sum), what came since the first
// sample is taken for the run's.
void give_gpu(Division& division, const SampleRow& sample, const std::optional<SampleRow>& first) {
  if (const auto own = shared_gpu_run_memory(sample)) {
    division.give("gpu_memory", own, Basis::measured,
                  "what the run's processes hold through the GPU, by the driver's list; in no "
                  "process's RSS and in no cgroup");
    return;
  }
  const auto held = shared_gpu_memory(sample);
  const auto before = first ? shared_gpu_memory(*first) : std::nullopt;
  if (!held) return;
  division.give("gpu_memory", *held - before.value_or(Bytes{}), Basis::estimated,
                "held through the GPU by all programs, less what was at the first sample; in no "
                "process's RSS");
}

// The programs that were found by name, of all that is not the run's.
void give_tenants(Division& division, const SampleRow& sample, const PoolPeak& pool) {
  const auto tenants = tenants_of(sample, pool);
  division.give("other_processes", tenant_share(sample, pool), Basis::measured,
                tenants.empty() ? std::string{"programs outside the run"} : tenants_text(tenants));
}

// Where no tenant was found (in a container only its own programs are seen), what came besides the
// run since the first sample may be theirs.
void give_growth(Division& division, const SampleRow& sample, const PoolPeak& pool, Bytes grown) {
  if (pool.kind != PoolKind::host || !workers_are_known(sample)) return;
  division.give(
      "other_processes", grown, Basis::estimated,
      "came besides the run's processes while it ran: other programs, the kernel, files in tmpfs");
}

// What was there besides the run and the named tenants: as much as at the first sample is the
// baseline. A trainer that moved into its cgroup after the start: what was in the one before says
// nothing.
void give_others(Division& division, const RunFacts& facts, const PoolPeak& pool) {
  const auto& [sample, first] = std::tie(*facts.at_peak, facts.first);
  const auto tenants = tenant_share(sample, pool);
  if (tenants) give_tenants(division, sample, pool);
  const auto used_now = use_of(pool.kind, sample);
  const auto used_first = first ? use_of(pool.kind, *first) : std::nullopt;
  if (!used_now || !used_first) return;
  if (pool.kind == PoolKind::cgroup && first->cgroup_limit != sample.cgroup_limit) return;
  const Bytes named_first = tenants ? first_tenant_share(facts, pool) : Bytes{};
  const Bytes others_first =
      std::max(*used_first - run_share(pool.kind, *first) - named_first, Bytes{});
  const Bytes others_now =
      std::max(*used_now - run_share(pool.kind, sample) - tenants.value_or(Bytes{}), Bytes{});
  const Bytes baseline = std::min(others_first, others_now);
  division.give("system_baseline", baseline, Basis::measured,
                pool.kind == PoolKind::cgroup
                    ? "in the cgroup besides the run's processes at the first sample"
                    : "used besides the run's processes at the first sample");
  if (tenants.value_or(Bytes{}).count == 0)
    give_growth(division, sample, pool, others_now - baseline);
}

std::string rest_of(const SampleRow& sample, const PoolPeak& pool) {
  if (!workers_are_known(sample)) return "includes the workers, whose PSS and USS were never read";
  if (pool.basis == Basis::computed)
    return "includes what came after the last sample, up to the limit";
  if (pool.kind == PoolKind::cgroup)
    return "kernel memory, active page cache and tmpfs of the cgroup, or other members";
  if (pool.kind == PoolKind::unified && !shared_gpu_run_memory(sample))
    return "includes what the run holds through the GPU, which the driver does not list: no "
           "process's RSS shows it";
  return "held by nothing that was measured";
}

std::vector<Component> resident_memory(const RunFacts& facts, const PoolPeak& pool) {
  Division division{pool.peak};
  give_processes(division, *facts.at_peak, pool);
  if (pool.kind == PoolKind::unified) give_gpu(division, *facts.at_peak, facts.first);
  give_others(division, facts, pool);
  return std::move(division).finish(rest_of(*facts.at_peak, pool));
}

std::vector<Component> shared_memory(const RunFacts& facts, const PoolPeak& pool) {
  Division division{pool.peak};
  if (facts.first)
    division.give("system_baseline", facts.first->shm_used, Basis::measured,
                  "files in /dev/shm at the first sample");
  return std::move(division).finish(
      "files that came into /dev/shm while the run went on; their owners are not recorded");
}

std::vector<Component> holders_of(const RunFacts& facts, const PoolPeak& pool) {
  switch (pool.kind) {
    case PoolKind::host:
    case PoolKind::unified:
    case PoolKind::cgroup:
      return resident_memory(facts, pool);
    case PoolKind::shm:
      return shared_memory(facts, pool);
    case PoolKind::process:
      return {{"main_process", pool.peak, Basis::measured,
               "the main process alone: what its limit counts, resident or not"}};
    case PoolKind::gpu:
      return break_down_device(facts, pool);
  }
  return {{"unattributed", pool.peak, Basis::measured, "held by nothing that was measured"}};
}

}  // namespace

std::vector<Component> break_down(const RunFacts& facts, const std::optional<PoolPeak>& pool,
                                  const RunComponents& parts) {
  if (!pool || !facts.at_peak || pool->peak.count <= 0) return {};
  auto holders = holders_of(facts, *pool);
  if (pool->kind == PoolKind::process || pool->kind == PoolKind::shm) return holders;
  return split_holders(facts, parts, std::move(holders));
}

}  // namespace tidemark
