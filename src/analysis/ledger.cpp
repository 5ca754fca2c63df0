#include "analysis/ledger.h"

#include <algorithm>

#include "telemetry/machine_memory.h"

namespace tidemark {
namespace {

Bytes at_least_zero(Bytes value) {
  return std::max(value, Bytes{});
}

/// What a sample shows in the hands of somebody, before the rest is divided.
struct Holders {
  Bytes main{}, workers{}, children{}, gpu{}, shared{}, tenants{};
  Bytes sum() const { return main + workers + children + gpu + shared + tenants; }
};

// Pages of files that it maps are page cache, which is not in use; shared and pinned pages have a
// part of their own.
Bytes main_of(const SampleRow& sample) {
  const Bytes shmem = sample.main_shmem.value_or(Bytes{});
  const Bytes resident = sample.main_process.value_or(sample.main_rss.value_or(Bytes{}));
  if (!sample.main_anon) return at_least_zero(resident - shmem);
  return at_least_zero(std::min(resident, *sample.main_anon + shmem) - shmem);
}

// Without a reading of PSS the sum is of RSS, which counts shared pages once for each worker.
Bytes workers_of(const SampleRow& sample) {
  const auto& held =
      sample.process_basis == PssBasis::none || !sample.worker ? sample.worker_uss : sample.worker;
  return at_least_zero(held.value_or(Bytes{}));
}

// Files in /dev/shm may be mapped and pinned memory is in none of them: the two overlap by what is
// not known, so the larger one stands for both.
Bytes shared_of(const SampleRow& sample, Bytes shm_before) {
  const Bytes files = at_least_zero(sample.shm_used.value_or(Bytes{}) - shm_before);
  return std::max(files, at_least_zero(sample.main_shmem.value_or(Bytes{})));
}

Bytes gpu_of(const SampleRow& sample, Bytes gpu_before) {
  if (const auto own = shared_gpu_run_memory(sample)) return at_least_zero(*own);
  // No list of processes: what came since the first sample is taken for the run's.
  return at_least_zero(shared_gpu_memory(sample).value_or(Bytes{}) - gpu_before);
}

Bytes tenants_of(const SampleRow& sample) {
  return at_least_zero(sample.tenant_memory.value_or(Bytes{})) +
         shared_gpu_memory_of_others(sample).value_or(Bytes{});
}

Holders holders_of(const SampleRow& sample, const LedgerBaseline& baseline) {
  return {.main = main_of(sample),
          .workers = workers_of(sample),
          .children = at_least_zero(sample.child.value_or(Bytes{})),
          .gpu = gpu_of(sample, baseline.gpu.value_or(Bytes{})),
          .shared = shared_of(sample, baseline.shm.value_or(Bytes{})),
          .tenants = tenants_of(sample)};
}

void add(std::vector<LedgerPart>& parts, std::string_view name, Bytes held) {
  if (held.count != 0) parts.push_back({name, held});
}

template <class Value>
void keep_first(std::optional<Value>& kept, const std::optional<Value>& value) {
  if (!kept) kept = value;
}

}  // namespace

void learn_baseline(LedgerBaseline& baseline, const SampleRow& sample) {
  keep_first(baseline.shm, sample.shm_used);
  keep_first(baseline.gpu, shared_gpu_memory(sample));
  // The first scan is finished a sample later: what it found was there at the first sample.
  if (!baseline.tenants && sample.tenant_memory && baseline.system)
    baseline.system = at_least_zero(*baseline.system - *sample.tenant_memory);
  keep_first(baseline.tenants, sample.tenant_memory);
  keep_first(baseline.tenants_in_cgroup, sample.tenant_cgroup_memory);
  if (const auto used = machine_used(sample); used && !baseline.system)
    baseline.system = at_least_zero(*used - holders_of(sample, baseline).sum());
}

std::optional<Ledger> ledger_of(const SampleRow& sample, const LedgerBaseline& baseline,
                                PoolKind kind) {
  const auto used = machine_used(sample);
  if (!used) return std::nullopt;
  Ledger ledger{.at = sample.unix_seconds, .kind = kind, .used = *used};
  ledger.limit = machine_limit(sample);
  const auto held = holders_of(sample, baseline);
  const Bytes rest = *used - held.sum();
  const Bytes system = std::min(at_least_zero(rest), baseline.system.value_or(Bytes{}));
  add(ledger.parts, kLedgerParts[0], held.main);
  add(ledger.parts, kLedgerParts[1], held.workers);
  add(ledger.parts, kLedgerParts[2], held.children);
  add(ledger.parts, kLedgerParts[3], held.gpu);
  add(ledger.parts, kLedgerParts[4], held.shared);
  add(ledger.parts, kLedgerParts[5], held.tenants);
  add(ledger.parts, kLedgerParts[6], system);
  add(ledger.parts, kLedgerParts[7], at_least_zero(rest) - system);
  add(ledger.parts, kLedgerParts[8], std::min(rest, Bytes{}));
  return ledger;
}

}  // namespace tidemark
