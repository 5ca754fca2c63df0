#include "store/step_merge.h"

namespace tidemark {
namespace {

template <class T>
void fill(std::optional<T>& value, const std::optional<T>& other) {
  if (!value) value = other;
}

StepRecord filled(StepRecord better, const StepRecord& worse) {
  fill(better.loss, worse.loss);
  fill(better.batch_size, worse.batch_size);
  fill(better.gradient_norm, worse.gradient_norm);
  fill(better.learning_rate, worse.learning_rate);
  fill(better.step_time_seconds, worse.step_time_seconds);
  fill(better.data_wait_seconds, worse.data_wait_seconds);
  fill(better.total_steps, worse.total_steps);
  return better;
}

}  // namespace

StepRecord merge_steps(const StepRecord& kept, const StepRecord& incoming) {
  if (incoming.source > kept.source) return filled(kept, incoming);
  StepRecord merged = filled(incoming, kept);
  if (incoming.source == kept.source) merged.unix_seconds = kept.unix_seconds;
  return merged;
}

bool is_same_step(const StepRecord& kept, const StepRecord& incoming) {
  return incoming.completes || kept.source != StepSource::hook ||
         incoming.source != StepSource::hook;
}

}  // namespace tidemark
