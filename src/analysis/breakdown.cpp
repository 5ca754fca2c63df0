#include "analysis/breakdown.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

/// Hands out a pool piece by piece, never more than there is: what the processes hold includes
/// pages of files, which a pool may not count as used.
class Division {
 public:
  explicit Division(Bytes whole) : left_(whole) {}

  void give(std::string_view name, std::optional<Bytes> held, Basis basis, std::string detail) {
    if (!held || held->count <= 0) return;
    const Bytes part = std::min(*held, left_);
    if (part.count <= 0) return;
    if (part < *held) detail += "; capped at what the pool held";
    left_ = left_ - part;
    parts_.push_back({std::string{name}, part, basis, std::move(detail)});
  }

  std::vector<Component> finish(std::string rest) && {
    if (left_.count > 0)
      parts_.push_back({"unattributed", left_, Basis::computed, std::move(rest)});
    std::ranges::sort(parts_, [](const Component& a, const Component& b) {
      if ((a.component == "unattributed") != (b.component == "unattributed"))
        return b.component == "unattributed";
      return a.held != b.held ? a.held > b.held : a.component < b.component;
    });
    return std::move(parts_);
  }

  Bytes left() const { return left_; }

 private:
  Bytes left_;
  std::vector<Component> parts_{};
};

std::string_view pss_text(PssBasis basis) {
  switch (basis) {
    case PssBasis::measured:
      return "PSS";
    case PssBasis::scaled:
      return "PSS, scaled from RSS by the last reading";
    case PssBasis::none:
      return "RSS; PSS was never read";
    case PssBasis::pending:
      return "RSS where PSS was not read yet";
  }
  return "";
}

Basis basis_of(PssBasis basis) {
  return basis == PssBasis::measured ? Basis::measured : Basis::estimated;
}

// Anonymous and shared pages of the main process, where the sample kept them: pages of files that
// it maps are page cache, which the pool does not count as used.
std::optional<Bytes> main_without_files(const SampleRow& sample) {
  for (const auto& process : sample.processes) {
    if (process.role != ProcessRole::main || !process.rss_anon) continue;
    const Bytes resident = *process.rss_anon + process.rss_shmem.value_or(Bytes{});
    return sample.main_process ? std::min(*sample.main_process, resident) : resident;
  }
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

Bytes run_share(const SampleRow& sample) {
  return main_without_files(sample).value_or(Bytes{}) + worker_share(sample).value_or(Bytes{}) +
         sample.child.value_or(Bytes{});
}

std::optional<Bytes> use_of(PoolKind kind, const SampleRow& sample) {
  return kind == PoolKind::cgroup ? sample.cgroup_working_set : sample.used;
}

// A device without memory of its own takes it from the machine, and no process's RSS shows it.
bool shares_memory_with_device(const SampleRow& sample) {
  return std::ranges::any_of(sample.gpus, [](const GpuSample& gpu) { return !gpu.memory_used; });
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

// What was there besides the run: as much as at the first sample is the baseline, the rest came
// later.
void give_others(Division& division, const SampleRow& sample, const std::optional<SampleRow>& first,
                 const PoolPeak& pool) {
  const auto used_now = use_of(pool.kind, sample);
  const auto used_first = first ? use_of(pool.kind, *first) : std::nullopt;
  if (!used_now || !used_first || !first) return;
  // A trainer that moved into its cgroup after the start: what was in the one before says nothing.
  if (pool.kind == PoolKind::cgroup && first->cgroup_limit != sample.cgroup_limit) return;
  const Bytes others_first = std::max(*used_first - run_share(*first), Bytes{});
  const Bytes others_now = std::max(*used_now - run_share(sample), Bytes{});
  division.give("system_baseline", std::min(others_first, others_now), Basis::measured,
                pool.kind == PoolKind::cgroup
                    ? "in the cgroup besides the run's processes at the first sample"
                    : "used besides the run's processes at the first sample");
  if (pool.kind != PoolKind::host || shares_memory_with_device(sample) ||
      !workers_are_known(sample))
    return;
  division.give(
      "other_processes", others_now - std::min(others_first, others_now), Basis::estimated,
      "came besides the run's processes while it ran: other programs, the kernel, files in tmpfs");
}

std::vector<Component> resident_memory(const SampleRow& sample,
                                       const std::optional<SampleRow>& first,
                                       const PoolPeak& pool) {
  Division division{pool.peak};
  give_processes(division, sample, pool);
  give_others(division, sample, first, pool);
  if (!workers_are_known(sample))
    return std::move(division).finish("includes the workers, whose PSS and USS were never read");
  if (pool.basis == Basis::computed)
    return std::move(division).finish("includes what came after the last sample, up to the limit");
  return std::move(division).finish(
      pool.kind == PoolKind::cgroup
          ? "kernel memory, active page cache and tmpfs of the cgroup, or other members"
          : "held by nothing that was measured");
}

std::vector<Component> shared_memory(const RunFacts& facts, const PoolPeak& pool) {
  Division division{pool.peak};
  if (facts.first)
    division.give("system_baseline", facts.first->shm_used, Basis::measured,
                  "files in /dev/shm at the first sample");
  return std::move(division).finish(
      "files that came into /dev/shm while the run went on; their owners are not recorded");
}

}  // namespace

std::vector<Component> break_down(const RunFacts& facts, const std::optional<PoolPeak>& pool) {
  if (!pool || !facts.at_peak || pool->peak.count <= 0) return {};
  switch (pool->kind) {
    case PoolKind::host:
    case PoolKind::cgroup:
      return resident_memory(*facts.at_peak, facts.first, *pool);
    case PoolKind::shm:
      return shared_memory(facts, *pool);
    case PoolKind::process:
      return {{"main_process", pool->peak, Basis::measured,
               "the main process alone: what its limit counts, resident or not"}};
    case PoolKind::unified:
    case PoolKind::gpu:
      break;
  }
  return {{"unattributed", pool->peak, Basis::measured, "held by nothing that was measured"}};
}

}  // namespace tidemark
