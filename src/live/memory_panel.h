// The memory chart of a frame with its axes. Private to live.
#pragma once

#include <cstddef>
#include <vector>

#include "live/frame_parts.h"

namespace tidemark {

inline constexpr std::size_t kSmallestPanel = 5;  // lines: title, three of chart, time axis

/// The pool that was chosen, else the limiting one, with the main process, the workers and swap
/// below it, in exactly `lines` lines.
std::vector<FrameLine> memory_panel(const LiveSnapshot& snapshot, const LiveView& view,
                                    std::size_t lines, const FrameStyle& style);

}  // namespace tidemark
