#include "analysis/run_level.h"

#include <algorithm>

namespace tidemark {
namespace {

std::optional<Bytes> main_held(const SampleRow& sample) {
  const auto process = sample.main_process ? sample.main_process : sample.main_rss;
  if (!sample.main_anon) return process;
  const Bytes own = *sample.main_anon + sample.main_shmem.value_or(Bytes{});
  return process ? std::min(*process, own) : own;
}

void raise(std::optional<Bytes>& highest, const std::optional<Bytes>& value) {
  if (value && (!highest || *value > *highest)) highest = value;
}

}  // namespace

RunLevel level_of(const SampleRow& sample) {
  RunLevel level{.main = main_held(sample)};
  if (sample.gpu_run_memory.value_or(Bytes{}).count > 0)
    level.device = sample.gpu_run_memory;
  else if (sample.gpu_memory_used)
    level.device = sample.gpu_memory_used;
  return level;
}

std::optional<Bytes> exact_level_between(const SampleRow& before, const SampleRow& now) {
  if (!before.main_peak_rss || !now.main_peak_rss || *now.main_peak_rss <= *before.main_peak_rss)
    return std::nullopt;
  const auto held = main_held(now);
  if (!held || !now.main_rss) return std::nullopt;
  const Bytes files = std::max(*now.main_rss - *held, Bytes{});
  return std::max(*now.main_peak_rss - files, *held);
}

std::optional<Bytes> at_home(const RunLevel& level, TensorHome home) {
  return home == TensorHome::device ? level.device : level.main;
}

const PhaseFacts* phase_of(const RunFacts& facts, std::string_view name) {
  const auto found = std::ranges::find(facts.shape.phases, name, &PhaseFacts::name);
  return found == facts.shape.phases.end() ? nullptr : &*found;
}

void take_higher(RunLevel& highest, const RunLevel& level) {
  raise(highest.main, level.main);
  raise(highest.device, level.device);
}

}  // namespace tidemark
