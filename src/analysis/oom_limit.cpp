#include "analysis/oom_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "analysis/format_text.h"

namespace tidemark {
namespace {

using Levels = std::vector<const OomLevel*>;

std::uint64_t count(std::optional<std::uint64_t> counted) {
  return counted.value_or(0);
}

/// v1: how well a level's figures fit the place of an OOM kill. A hit alone may have been satisfied
/// by reclaim; a watermark alone may be older than the run.
int fitness(const OomLevel& level) {
  if (!level.limit) return 0;
  return (count(level.limit_hits) > 0 ? 1 : 0) + (level.at_limit ? 1 : 0);
}

bool counts_ooms(const OomLevels& counted) {
  return std::ranges::any_of(counted.levels,
                             [](const auto& level) { return level.limit_ooms.has_value(); });
}

Levels candidates(const OomLevels& counted) {
  Levels found;
  if (counts_ooms(counted)) {
    for (const auto& level : counted.levels)
      if (count(level.limit_ooms) > 0) found.push_back(&level);
    return found;
  }
  int best = 1;
  for (const auto& level : counted.levels) best = std::max(best, fitness(level));
  for (const auto& level : counted.levels)
    if (fitness(level) >= best) found.push_back(&level);
  return found;
}

/// Of several the lowest limit; of equal limits the upper one is met first, as more is charged to
/// it.
const OomLevel& tightest(const Levels& found) {
  const auto* chosen = found.front();
  for (const auto* level : found)
    if (level->limit && (!chosen->limit || *level->limit <= *chosen->limit)) chosen = level;
  return *chosen;
}

std::string proof_of(const OomLevel& level) {
  const auto ooms = count(level.limit_ooms);
  if (ooms > 0) return fmt::format("{} time{} out of memory", ooms, ooms == 1 ? "" : "s");
  const auto hits = count(level.limit_hits);
  if (hits == 0)
    return "its watermark stands at it; this kernel counted no hit, so an earlier run may have "
           "left it";
  const auto met = fmt::format("met {} time{}", hits, hits == 1 ? "" : "s");
  return level.at_limit ? met + ", and its watermark stands at it"
                        : met + ", which reclaim alone may have satisfied";
}

LimitVerdict verdict_on(const OomLevel& level, const OomLevels& counted, std::size_t found) {
  const bool own = &level == &counted.levels.front();
  LimitVerdict verdict{.holder = LimitHolder::cgroup, .cgroup = level.cgroup};
  verdict.said = fmt::format("The limit was that of {} {}{} ({})",
                             own ? "its own cgroup" : "the cgroup above it,", level.cgroup,
                             level.limit ? ", " + format_bytes(*level.limit) : "", proof_of(level));
  if (found > 1)
    verdict.said +=
        "; another limit on its path was met too, so that it was this one is likely, "
        "not certain";
  return verdict;
}

}  // namespace

LimitVerdict judge_limit(const OomLevels& counted) {
  if (counted.levels.empty() || count(counted.levels.front().kills) == 0) return {};
  const auto found = candidates(counted);
  if (!found.empty()) return verdict_on(tightest(found), counted, found.size());
  if (!counted.to_the_root)
    return {.said =
                "No limit that can be seen from here was met: it was the machine's memory, or "
                "a limit above what is visible"};
  if (!counts_ooms(counted))
    return {.holder = LimitHolder::machine,
            .said =
                "No limit of its cgroup or of one above it was met: the machine itself was "
                "probably out of memory"};
  return {.holder = LimitHolder::machine,
          .said =
              "No limit of its cgroup or of one above it was the cause: the machine itself was "
              "out of memory"};
}

}  // namespace tidemark
