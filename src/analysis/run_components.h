// What the parts of the training hold, each from the best source there is. Part of the face
// (analysis.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/range.h"
#include "recipe/recipe.h"

namespace tidemark {

enum class Basis : std::uint8_t { measured, computed, estimated };

struct RunFacts;

/// Where the trained tensors are.
enum class TensorHome : std::uint8_t { unknown, main_process, device };
TensorHome tensor_home_of(const RunFacts& facts, const Recipe* recipe);

struct Estimate {
  Range bytes{};
  Basis basis = Basis::estimated;
  std::string detail{};
};

/// Absent: nothing says how much it is. `model_weights` is what loading the models left (text
/// encoders and VAE with them) where that was measured, else the frozen weights alone.
struct RunComponents {
  TensorHome home = TensorHome::unknown;
  std::optional<Estimate> model_weights{}, base_weights{}, text_encoder{}, adapter_weights{},
      gradients{}, optimizer_state{}, ema{}, activations{}, latent_cache{}, sampling{},
      checkpoint_save{};
  /// Activations are how far training had risen when the run was killed in its first steps.
  bool activations_cut_short = false;
  std::optional<double> trainable{};  // parameters
  std::optional<Range> frozen{};      // parameters
};

/// `recipe` may be null: only what was measured and told is known then.
RunComponents components_of(const RunFacts& facts, const Recipe* recipe);

}  // namespace tidemark
