// Finding drawings of a tqdm-like bar in a line: "desc:  42%|####  | 10/24 [00:00<00:01, 17.6it/s,
// loss=0.2]".
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

struct FoundBar {
  ProgressBar bar{};
  std::size_t clock = 0;  // in the line, its opening bracket
  std::size_t end = 0;    // in the line, behind the bar's closing bracket
};

/// The first bar that begins at `from` or later. A line may hold several: interleaved writers glue
/// them.
std::optional<FoundBar> find_progress_bar(std::string_view line, std::size_t from);

}  // namespace tidemark
