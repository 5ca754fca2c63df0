// Settings as causes of a peak: would the run have stayed under its limit without this one? Private
// to analysis.
#pragma once

#include <cstdint>

#include "analysis/findings.h"

namespace tidemark {

enum class ConfigCause : std::uint8_t {
  latent_cache,
  text_encoder_kept,
  ema,
  optimizer_state,
  unquantized_weights,
  gradient_checkpointing_off,
  batch_size,
  resolution,
};

/// sufficient: without it alone the peak would have been under the limit. contributing: it holds a
/// worthwhile share of the peak, and was not named before.
enum class Need : std::uint8_t { sufficient, contributing };

std::optional<Finding> config_cause_finding(const Analysis& analysis, ConfigCause cause, Need need);

template <ConfigCause kCause, Need kNeed>
std::optional<Finding> config_cause(const Analysis& analysis) {
  return config_cause_finding(analysis, kCause, kNeed);
}

}  // namespace tidemark
