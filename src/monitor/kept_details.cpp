#include "monitor/kept_details.h"

#include <algorithm>
#include <cstdlib>

namespace tidemark {
namespace {

// A tenant that moved by less than this tells nothing new.
constexpr double kSameTenantRatio = 0.05;

bool shares_index(const SampleRow& row, const GpuSample& gpu) {
  return std::ranges::count(row.gpus, gpu.device_index, &GpuSample::device_index) > 1;
}

Bytes all_held(const Tenant& tenant) {
  return tenant.held().value_or(Bytes{}) + tenant.gpu_memory.value_or(Bytes{});
}

bool is_news(const std::vector<Tenant>& now, const std::vector<Tenant>& kept) {
  if (now.size() != kept.size()) return true;
  return std::ranges::any_of(now, [&kept](const Tenant& tenant) {
    const auto known = std::ranges::find(kept, tenant.id, &Tenant::id);
    if (known == kept.end()) return true;
    const Bytes moved{std::abs((all_held(tenant) - all_held(*known)).count)};
    return ratio(moved, all_held(*known)) > kSameTenantRatio;
  });
}

}  // namespace

void drop_details(SampleRow& row) {
  row.processes.clear();
  for (auto* total : {&row.host_pressure_some_us_total, &row.host_pressure_full_us_total,
                      &row.cgroup_pressure_some_us_total, &row.cgroup_pressure_full_us_total,
                      &row.main_major_faults_total})
    total->reset();
  for (auto& gpu : row.gpus) {
    gpu.processes.clear();
    if (!shares_index(row, gpu)) gpu.id.clear();
    gpu.name.clear();
  }
}

void forget_processes(SampleRow& row) {
  row.processes.clear();
  row.worker_count.reset();
  row.child_count.reset();
  for (auto* value : {&row.worker, &row.worker_uss, &row.worker_rss, &row.child}) value->reset();
  for (auto& gpu : row.gpus) gpu.processes.clear();
}

void TenantThinning::thin(SampleRow& row, const std::optional<TenantScan>& scan) {
  const bool is_new = scan && scanned_at_ != scan->at;
  if (is_new) scanned_at_ = scan->at;
  if (is_new && is_news(row.tenants, kept_))
    kept_ = row.tenants;
  else
    row.tenants.clear();
}

}  // namespace tidemark
