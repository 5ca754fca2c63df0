#include "golden/golden_devices.h"

#include <stdexcept>
#include <string>

namespace tidemark {
namespace {

using Json = nlohmann::json;

std::optional<Bytes> bytes_at(const Json& json, const std::string& key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return from_gib(found->get<double>());
}

MemoryDomain domain_of(const std::string& name) {
  for (const auto domain :
       {MemoryDomain::unknown, MemoryDomain::device, MemoryDomain::unified, MemoryDomain::coherent})
    if (name_of(domain) == name) return domain;
  throw std::runtime_error("unknown memory domain: " + name);
}

GpuSample gpu_of(const Json& json) {
  GpuSample gpu;
  gpu.device_index = json.value("index", 0);
  gpu.domain = domain_of(json.at("domain"));
  gpu.memory_used = bytes_at(json, "used_gb");
  gpu.memory_total = bytes_at(json, "total_gb");
  gpu.memory_reserved = bytes_at(json, "reserved_gb");
  gpu.memory_held = bytes_at(json, "held_gb");
  gpu.run_memory = bytes_at(json, "run_gb");
  gpu.carve_out_total = bytes_at(json, "carve_out_total_gb");
  gpu.carve_out_used = bytes_at(json, "carve_out_used_gb");
  if (json.contains("busy")) gpu.utilization_ratio = json["busy"].get<double>();
  gpu.id = json.value("uid", "");
  gpu.name = json.value("name", "");
  for (const auto& process : json.value("processes", Json::array()))
    gpu.processes.push_back({.pid = process.at("pid"),
                             .memory = bytes_at(process, "gb"),
                             .of_run = process.value("of_run", false)});
  return gpu;
}

Tenant tenant_of(const Json& json) {
  Tenant tenant;
  tenant.id = {json.at("pid"), 77};
  tenant.name = json.at("name");
  tenant.rss = bytes_at(json, "rss_gb");
  tenant.anon = bytes_at(json, "anon_gb");
  tenant.pss = bytes_at(json, "pss_gb");
  tenant.gpu_memory = bytes_at(json, "gpu_gb");
  tenant.in_cgroup = json.value("in_cgroup", false);
  return tenant;
}

void sum_devices(SampleRow& row) {
  for (const auto& gpu : row.gpus) {
    const auto& used = gpu.domain == MemoryDomain::unified ? gpu.memory_held : gpu.memory_used;
    if (used) row.gpu_memory_used = row.gpu_memory_used.value_or(Bytes{}) + *used;
    if (gpu.run_memory) row.gpu_run_memory = row.gpu_run_memory.value_or(Bytes{}) + *gpu.run_memory;
  }
}

}  // namespace

void add_devices(SampleRow& row, const Json& sample) {
  for (const auto& gpu : sample.value("gpus", Json::array())) row.gpus.push_back(gpu_of(gpu));
  sum_devices(row);
  if (!sample.contains("tenants")) return;
  for (const auto& tenant : sample["tenants"]) row.tenants.push_back(tenant_of(tenant));
  row.tenant_memory = total_held(row.tenants, false);
  row.tenant_cgroup_memory = total_held(row.tenants, true);
}

AllocatorRecord allocator_of(const Json& entry, double start) {
  AllocatorRecord record;
  record.unix_seconds = start + entry.at("at").get<double>();
  record.device = AllocatorRecord::Device::cuda;
  record.device_index = entry.value("index", 0U);
  record.allocated = from_gib(entry.at("allocated_gb").get<double>());
  record.reserved = from_gib(entry.at("reserved_gb").get<double>());
  record.peak_allocated =
      from_gib(entry.value("peak_allocated_gb", entry.at("allocated_gb").get<double>()));
  record.peak_reserved = record.reserved;
  return record;
}

}  // namespace tidemark
