// How surely a bar counts training steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

/// Rising certainty. The rules are documented at `is_training_bar`.
enum class BarKind : std::uint8_t {
  other,     // no training bar
  plain,     // no description, no values: transformers' bar, but also many another
  named,     // its description says so
  measured,  // it shows a loss or a learning rate
};

BarKind kind_of(const ProgressBar& bar);

/// True where a word of `text` is of loading, saving, validating, sampling and the like.
bool names_other_work(std::string_view text);

/// True for descriptions that differ in numbers only: "Epoch 3" and "Epoch 4".
bool same_but_for_numbers(std::string_view a, std::string_view b);

}  // namespace tidemark
