// Whose limit it was that cost a process of the trainer's cgroup its life. Pure.
#pragma once

#include <string>

#include "core/bytes.h"
#include "telemetry/oom_record.h"

namespace tidemark {

enum class LimitHolder : std::uint8_t {
  unknown,  // the counters do not say
  cgroup,
  machine,
};

struct LimitVerdict {
  LimitHolder holder = LimitHolder::unknown;
  std::string cgroup{};  // of `cgroup`
  std::string said{};    // one sentence with the doubt; empty: there is nothing to say
};

/// For a run that lost a member of its own cgroup (the first level's `kills` grew). v2: the level
/// whose limit could not be kept; none, although the root is in sight: the machine was out of
/// memory. v1 has no such count: the level whose limit was met and whose watermark stands at it.
LimitVerdict judge_limit(const OomLevels& counted);

}  // namespace tidemark
