// Matters of allocators, pinned memory and batches.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"

namespace tidemark {
namespace {

constexpr double kFragmented = 0.15;  // of the peak, in no tensor
constexpr double kPinnedRatio = 0.1;  // of the peak
constexpr double kCorrelationRatio = 0.05;

}  // namespace

std::optional<Finding> fragmentation_finding(const Analysis& analysis) {
  const auto* slack = find_component(analysis, "allocator_slack");
  const auto& pool = analysis.summary.limiting_pool;
  if (slack == nullptr || !pool || memory_severity(analysis) == Severity::info ||
      ratio(slack->held, pool->peak) < kFragmented)
    return std::nullopt;
  return Finding{
      "fragmentation",
      memory_severity(analysis),
      fmt::format("{} were reserved by the allocator and held no tensor",
                  format_bytes(slack->held)),
      "The caching allocator keeps blocks for later; when their sizes do not fit what is "
      "asked for next, they are of no use to it. Buckets of many sizes do that.",
      slack->basis == Basis::measured ? 0.8 : 0.6,
      {bytes_evidence("Reserved less allocated", "allocator statistics", slack->held)}};
}

std::optional<Finding> pinned_memory_finding(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  const auto& sample = analysis.facts.at_peak;
  if (!pool || !sample || pool->kind == PoolKind::gpu || pool->kind == PoolKind::process ||
      memory_severity(analysis) == Severity::info)
    return std::nullopt;
  const Bytes shared = sample->main_shmem.value_or(Bytes{});
  if (ratio(shared, pool->peak) < kPinnedRatio) return std::nullopt;
  return Finding{
      "pinned_memory",
      memory_severity(analysis),
      fmt::format("{} of the trainer's memory were shared or pinned", format_bytes(shared)),
      "Pinned buffers (offloaded layers, pin_memory) cannot be swapped, and torch rounds each up "
      "to "
      "a power of two; files in /dev/shm count here too.",
      0.6,
      {bytes_evidence("RssShmem of the main process", "/proc/PID/status", shared)}};
}

std::optional<Finding> offload_on_unified_finding(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  if (!pool || pool->kind != PoolKind::unified || !analysis.recipe) return std::nullopt;
  const auto& model = analysis.recipe->model;
  if (!model.layer_offloading.value && !model.low_vram.value) return std::nullopt;
  const auto& setting = model.layer_offloading.value ? model.layer_offloading : model.low_vram;
  return Finding{
      "offload_on_unified",
      std::max(memory_severity(analysis), Severity::warning),
      fmt::format("{} copies weights within one and the same memory", setting.path),
      "GPU and CPU share this machine's memory: what is offloaded is held a second time, "
      "and each step waits for the copy.",
      0.8,
      {{.text = fmt::format("{} is true", setting.path), .source = "config"}}};
}

std::optional<Finding> batch_size_correlation_finding(const Analysis& analysis) {
  const auto& batches = analysis.facts.shape.batches;
  const auto& pool = analysis.summary.limiting_pool;
  const auto& activations = analysis.parts.activations;
  if (batches.size() < 2 || !pool || !activations || activations->basis != Basis::measured ||
      activations->detail.find("batch sizes") == std::string::npos)
    return std::nullopt;
  const auto items = static_cast<double>(batches.back().batch_size);
  const auto of_one = activations->bytes * (1 / items);
  if (of_one.likely * items < kCorrelationRatio * static_cast<double>(pool->peak.count))
    return std::nullopt;
  return Finding{
      "batch_size_correlation",
      Severity::info,
      fmt::format("Memory goes with the batch size: about {} for each item",
                  format_bytes(to_bytes(of_one.likely))),
      fmt::format("Between {} and {} an item.", format_bytes(to_bytes(of_one.low)),
                  format_bytes(to_bytes(of_one.high))),
      0.7,
      {bytes_evidence(activations->detail, "samples by batch size", to_bytes(of_one.likely))}};
}

}  // namespace tidemark
