#include "analysis/device_breakdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/division.h"
#include "analysis/tenants.h"

namespace tidemark {
namespace {

// The allocator's figures and the driver's are of different moments: close ones are one moment.
constexpr double kSameMomentSeconds = 10;

struct Allocator {
  Bytes allocated{}, reserved{};
  Basis basis = Basis::measured;
  std::string source{};
};

const GpuSample* device_at_peak(const RunFacts& facts, const PoolPeak& pool) {
  for (const auto& gpu : facts.at_peak->gpus) {
    const bool same_uid = pool.device_uid.empty() || gpu.id.empty() || pool.device_uid == gpu.id;
    if (pool.index == gpu.device_index && same_uid) return &gpu;
  }
  return nullptr;
}

// CUDA numbers the devices that the run may use from 0. Their order is the driver's unless
// CUDA_VISIBLE_DEVICES turns it around, which the size tells only at times.
std::uint32_t ordinal_of(const RunFacts& facts, const GpuSample& device) {
  std::uint32_t ordinal = 0;
  for (const auto& gpu : facts.at_peak->gpus) {
    if (&gpu == &device) break;
    ordinal += gpu.of_run ? 1 : 0;
  }
  return ordinal;
}

std::optional<Allocator> recorded_allocator(const RunFacts& facts, const GpuSample& device,
                                            const PoolPeak& pool) {
  std::optional<Allocator> sum;
  for (const auto& record : facts.allocators) {
    if (record.device != AllocatorRecord::Device::cuda ||
        record.device_index != ordinal_of(facts, device))
      continue;
    if (!sum) sum = Allocator{.source = "by the trainer's allocator"};
    // Recorded between steps: within them the tensors came to the allocator's own peak.
    sum->allocated += std::max(record.allocated, std::min(record.peak_allocated, record.reserved));
    sum->reserved += record.reserved;
    if (std::abs(record.unix_seconds - pool.at) > kSameMomentSeconds) sum->basis = Basis::estimated;
  }
  return sum;
}

// torch's message has the same figures, of the moment at which the allocation failed.
std::optional<Allocator> said_in_the_error(const RunFacts& facts) {
  const auto& error = facts.deciding;
  if (!error || !is_out_of_memory(*error) || !error->allocated || !error->reserved)
    return std::nullopt;
  return Allocator{.allocated = *error->allocated,
                   .reserved = *error->reserved,
                   .basis = Basis::estimated,
                   .source = "by the message of the allocation that failed"};
}

std::optional<Allocator> allocator_of(const RunFacts& facts, const GpuSample& device,
                                      const PoolPeak& pool) {
  auto allocator = recorded_allocator(facts, device, pool);
  if (!allocator && facts.at_peak->gpus.size() == 1) allocator = said_in_the_error(facts);
  if (!allocator || allocator->reserved > pool.peak || allocator->allocated > allocator->reserved)
    return std::nullopt;  // of another device, or of another moment
  return allocator;
}

void give_run(Division& division, const GpuSample& device, const std::optional<Allocator>& own) {
  const bool seen = device.run_memory.value_or(Bytes{}).count > 0;
  if (!own) {
    division.give("gpu_memory", device.run_memory, Basis::measured,
                  "what the run's processes hold, by the driver's list: weights, gradients, "
                  "optimizer state and activations are not told apart");
    return;
  }
  division.give("gpu_tensors", own->allocated, own->basis,
                "in live tensors " + own->source +
                    ": weights, gradients, optimizer state and activations are not told apart");
  division.give("allocator_slack", own->reserved - own->allocated, own->basis,
                "reserved " + own->source + " and in no tensor: its cache, or fragmentation");
  if (seen)
    division.give("gpu_context", *device.run_memory - own->reserved, own->basis,
                  "the run's processes beyond their allocator: contexts, kernels, other libraries");
}

// Where the driver lists no process of the run although it uses the device, its pids are of another
// namespace: whose memory the rest is cannot be told then.
void give_others(Division& division, const RunFacts& facts, const GpuSample& device,
                 const PoolPeak& pool) {
  if (device.run_memory.value_or(Bytes{}).count <= 0 || !device.memory_held) return;
  const auto tenants = tenants_of(*facts.at_peak, pool);
  const auto who = tenants.empty() ? std::string{"programs outside the run, by the driver's list"}
                                   : tenants_text(tenants);
  division.give("other_processes", *device.memory_held - *device.run_memory, Basis::measured, who);
}

}  // namespace

std::vector<Component> break_down_device(const RunFacts& facts, const PoolPeak& pool) {
  Division division{pool.peak};
  const auto* device = device_at_peak(facts, pool);
  if (device == nullptr) return std::move(division).finish("held by nothing that was measured");
  give_run(division, *device, allocator_of(facts, *device, pool));
  give_others(division, facts, *device, pool);
  return std::move(division).finish(
      device->run_memory.value_or(Bytes{}).count > 0
          ? "in no process that the driver lists: its own contexts, graphics, managed memory"
          : "the driver lists no process of the run: in a container its pids are of another "
            "namespace");
}

}  // namespace tidemark
