// Warnings that nothing else marks as such. What says "Warning" or "WARN" at its head is known by
// it.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    // transformers' and accelerate's loggers print no level.
    Pattern{"were not initialized from the model checkpoint", warning_only, anywhere, warning},
    Pattern{"You should probably TRAIN this model", warning_only, anywhere, warning},
    Pattern{"were not used when initializing", warning_only, anywhere, warning},
    Pattern{"`use_cache=True` is incompatible with", warning_only, anywhere, warning},
    Pattern{"below the recommended minimum", warning_only, anywhere, warning},
    Pattern{"is deprecated and will be removed", warning_only, anywhere, warning},
    Pattern{"Detected KeyboardInterrupt, attempting graceful shutdown", warning_only, anywhere,
            warning},
    Pattern{"[AITK] Database locked", warning_only, anywhere, warning},
    Pattern{"Could not save optimizer", warning_only, anywhere, warning},
    Pattern{"Gradient overflow.  Skipping step", warning_only, anywhere, warning},
    Pattern{"Token indices sequence length is longer than the specified maximum", warning_only,
            anywhere, warning},
    Pattern{"Setting `pad_token_id` to `eos_token_id`", warning_only, anywhere, warning},
    Pattern{"Failed to compile model", warning_only, anywhere, warning},
};

}  // namespace

std::span<const Pattern> warning_patterns() {
  return kPatterns;
}

}  // namespace tidemark
