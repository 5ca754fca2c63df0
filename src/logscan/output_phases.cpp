#include "logscan/output_phases.h"

#include <array>
#include <utility>

#include "logscan/bar_kind.h"

namespace tidemark {
namespace {

// A run that samples every hundred steps of a million has twenty thousand ends of phases; a log
// that says more of them is not believed.
constexpr std::size_t kMostTold = 32'768;

struct Words {
  std::string_view begin{}, phase{};
};
constexpr std::array kBegins{
    Words{"Saving at step ", "checkpoint_save"},
    Words{"Caching latents", "latent_caching"},
    Words{"Caching text_embeddings", "text_embedding_caching"},
    Words{"Caching text embeddings", "text_embedding_caching"},
    Words{"Generating baseline samples", "sampling"},
    Words{"Generating Images", "sampling"},
    Words{"Generating Samples", "sampling"},
};

std::string_view phase_begun_by(std::string_view words) {
  for (const auto& known : kBegins)
    if (words.starts_with(known.begin)) return known.phase;
  return {};
}

}  // namespace

void OutputPhases::see_bar(const ProgressBar& bar, double unix_seconds) {
  if (const auto phase = phase_begun_by(bar.description); !phase.empty()) {
    enter(phase, unix_seconds);
    // The last picture is there; of caching the next bar tells, as each dataset has its own.
    if (phase == "sampling" && bar.total && bar.position >= *bar.total) leave(unix_seconds);
    return;
  }
  if (kind_of(bar) != BarKind::measured) return;
  leave(unix_seconds);
  if (!std::exchange(training_, true)) tell("train", true, unix_seconds);
}

void OutputPhases::see_line(std::string_view line, double unix_seconds) {
  if (inner_ == "checkpoint_save" && line.starts_with("Saved checkpoint to "))
    return leave(unix_seconds);
  if (const auto phase = phase_begun_by(line); !phase.empty()) enter(phase, unix_seconds);
}

std::vector<OutputPhase> OutputPhases::take() {
  return std::exchange(told_, {});
}

void OutputPhases::enter(std::string_view phase, double unix_seconds) {
  if (inner_ == phase) return;
  leave(unix_seconds);
  inner_ = phase;
  tell(phase, true, unix_seconds);
}

void OutputPhases::leave(double unix_seconds) {
  if (inner_.empty()) return;
  tell(std::exchange(inner_, {}), false, unix_seconds);
}

void OutputPhases::tell(std::string_view phase, bool begins, double unix_seconds) {
  if (++count_ <= kMostTold) told_.push_back({phase, begins, unix_seconds});
}

}  // namespace tidemark
