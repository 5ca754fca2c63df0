#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor_check.h"
#include "report/report.h"

namespace tidemark {
namespace {

bool is_unified(const GpuReport& gpus) {
  const auto has = [&gpus](MemoryDomain domain) {
    return std::ranges::any_of(
        gpus.gpus, [domain](const GpuDescription& gpu) { return gpu.sample.domain == domain; });
  };
  return has(MemoryDomain::unified) && !has(MemoryDomain::device) && !has(MemoryDomain::coherent);
}

// What a driver keeps outside of MemTotal for its GPU, and uses of it.
std::string carve_out_text(const GpuReport& gpus) {
  std::string text;
  for (const auto& gpu : gpus.gpus)
    if (gpu.sample.carve_out_total)
      text += fmt::format(", and {} carved out for the GPU ({} used)",
                          format_bytes(*gpu.sample.carve_out_total),
                          format_bytes(gpu.sample.carve_out_used.value_or(Bytes{})));
  return text;
}

Check check_machine(const HostSample& sample, const GpuReport& gpus) {
  const auto* const name = is_unified(gpus) ? "pool unified" : "pool host";
  if (!sample.memory) return {name, Verdict::missing, std::string{source_words().no_memory}};
  const auto& memory = *sample.memory;
  const auto& cpuless = gpus.cpuless;
  const Bytes limit = cpuless ? cpuless->host_total(memory.total) : memory.total;
  const Bytes used = cpuless ? cpuless->host_used(memory.used()) : memory.used();
  auto text = fmt::format("limit {}, {} used, {} available", format_bytes(limit),
                          format_bytes(used), format_bytes(memory.available));
  if (is_unified(gpus)) text += carve_out_text(gpus) + "; the GPU's memory is in it";
  if (memory.swap_total && memory.swap_total->count > 0)
    text += fmt::format(", {} swap", format_bytes(*memory.swap_total));
  else
    text += ", no swap";
  return {name, Verdict::good, text};
}

Check check_cgroup(const HostSample& sample, const std::string& where) {
  if (!sample.cgroup)
    return {"pool cgroup", Verdict::missing, std::string{source_words().no_cgroup}};
  const auto& cgroup = *sample.cgroup;
  if (!cgroup.limit)
    return {"pool cgroup", Verdict::good, "no limit below the machine's (" + where + ")"};
  return {"pool cgroup", Verdict::good,
          fmt::format("limit {}, working set {} ({})", format_bytes(*cgroup.limit),
                      cgroup.working_set ? format_bytes(*cgroup.working_set) : "unknown", where)};
}

Check check_limits(const HostSample& sample) {
  if (!sample.limits)
    return {"pool process", Verdict::missing, std::string{source_words().no_limits}};
  if (sample.limits->address_space_limit)
    return {"pool process", Verdict::limited,
            "RLIMIT_AS is " + format_bytes(*sample.limits->address_space_limit) + " (ulimit -v)"};
  if (sample.limits->data_limit)
    return {"pool process", Verdict::limited,
            "RLIMIT_DATA is " + format_bytes(*sample.limits->data_limit) + " (ulimit -d)"};
  return {"pool process", Verdict::good, "no RLIMIT_AS, no RLIMIT_DATA"};
}

Check check_shm(const HostSample& sample) {
  if (!sample.shm) return {"pool shm", Verdict::missing, std::string{source_words().no_shm}};
  const bool small = sample.shm->total < gib(1);
  return {
      "pool shm", small ? Verdict::limited : Verdict::good,
      fmt::format(
          "/dev/shm {}, {} used{}", format_bytes(sample.shm->total), format_bytes(sample.shm->used),
          small ? "; DataLoader workers with large batches need more (docker: --shm-size)" : "")};
}

Check check_gpu(const GpuDescription& gpu) {
  const auto& sample = gpu.sample;
  auto text = fmt::format("{} by {}, ", sample.name.empty() ? sample.id : sample.name, gpu.source);
  if (sample.memory_used && sample.memory_total)
    text +=
        fmt::format("limit {}, {} used",
                    format_bytes(*sample.memory_total - sample.memory_reserved.value_or(Bytes{})),
                    format_bytes(*sample.memory_used));
  else if (sample.memory_held)
    text += fmt::format("programs hold {}", format_bytes(*sample.memory_held));
  else
    text += "memory unknown";
  text += fmt::format("; {} memory: {}", name_of(sample.domain), gpu.domain_evidence);
  bool limited = sample.domain == MemoryDomain::unknown;
  for (const auto& [what, why] : gpu.absent) {
    text += fmt::format("; no {}: {}", what, why);
    limited = limited || !(what == "memory" && sample.domain == MemoryDomain::unified);
  }
  return {fmt::format("pool gpu {}", sample.device_index),
          limited ? Verdict::limited : Verdict::good, text};
}

void add_gpus(std::vector<Check>& checks, const GpuReport& report) {
  for (const auto& gpu : report.gpus) checks.push_back(check_gpu(gpu));
  std::string notes;
  for (const auto& note : report.notes) notes += (notes.empty() ? "" : "; ") + note;
  if (report.gpus.empty()) checks.push_back({"pool gpu", Verdict::missing, notes});
  if (report.cpuless)
    checks.push_back({"NUMA nodes", Verdict::good,
                      fmt::format("{} without CPUs, inside the machine's total{}",
                                  format_bytes(report.cpuless->total),
                                  report.cpuless->of_gpus ? ": the GPUs' own memory" : "")});
}

Check check_tenants(const HostSample& sample) {
  if (!sample.tenants) return {"other programs", Verdict::limited, "not looked at yet"};
  std::string text;
  for (const auto& tenant : sample.tenants->tenants) {
    text += fmt::format("{}{} (pid {}) {}", text.empty() ? "" : ", ", printable(tenant.name, 15),
                        tenant.id.pid, format_bytes(tenant.held().value_or(Bytes{})));
    if (tenant.gpu_memory) text += fmt::format(" and {} on GPUs", format_bytes(*tenant.gpu_memory));
  }
  return {"other programs", Verdict::good,
          text.empty() ? "none holds much of the machine" : "hold much: " + text};
}

}  // namespace

std::vector<Check> check_pools(const HostSample& sample, const std::string& cgroup_path,
                               const GpuReport& gpus) {
  std::vector<Check> checks{check_machine(sample, gpus), check_cgroup(sample, cgroup_path),
                            check_limits(sample), check_shm(sample)};
  add_gpus(checks, gpus);
  checks.push_back(check_tenants(sample));
  return checks;
}

}  // namespace tidemark
