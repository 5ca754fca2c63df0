// The lines of a frame, part by part. Private to live.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "live/frame.h"
#include "live/live.h"

namespace tidemark {

struct FrameStyle {
  std::size_t columns = 80;
  bool utf8 = true;
  bool color = true;
};

/// Name, run, status and how long; the clock at the right.
FrameLine title_line(const LiveSnapshot& snapshot, const LiveView& view, const FrameStyle& style);

/// Health and the one-sentence verdict on at most `most` lines; what is not the newest, and what
/// was dropped, on lines of their own after them.
std::vector<FrameLine> verdict_lines(const LiveSnapshot& snapshot, std::size_t most,
                                     const FrameStyle& style);

/// The pools of the newest sample, the limiting one first, those that are nearly empty left out.
std::vector<PoolUse> shown_pools(const LiveSnapshot& snapshot);
/// Name, bar, use and limit, and the device's load.
FrameLine pool_line(const PoolUse& pool, const LiveSnapshot& snapshot, const FrameStyle& style);

/// Used, main process, workers, swap, pressure, CPU; as many as fit.
FrameLine memory_line(const LiveSnapshot& snapshot, const FrameStyle& style);

/// Step, rate, time left, loss, data wait; as many as fit.
FrameLine steps_line(const LiveSnapshot& snapshot, const FrameStyle& style);

/// The newest errors of the output and the newest events, in `most` lines.
std::vector<FrameLine> news_lines(const LiveSnapshot& snapshot, std::size_t most,
                                  const FrameStyle& style);
std::size_t news_count(const LiveSnapshot& snapshot);

/// "12:03:41", local.
std::string clock_text(double unix_seconds);

}  // namespace tidemark
