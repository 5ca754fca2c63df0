#include "logscan/primary.h"

#include <algorithm>
#include <vector>

namespace tidemark {
namespace {

/// Ordinary lines between two failures from which on the first was not the end: the program went
/// on.
constexpr std::uint64_t kLinesThatShowLife = 40;

constexpr std::uint64_t kStepsThatProveIt = 2;

bool is_gpu_or_host_memory(const Kept& kept) {
  return is_memory(kept.finding.category) && kept.finding.category != LogCategory::host_oom_kill;
}

/// What is said with its class, its frames and its sizes says more than a print of the same.
int richness(const Kept& kept) {
  return (kept.finding.exception.empty() ? 0 : 2) + (kept.finding.traceback.empty() ? 0 : 1) +
         (kept.finding.figures.requested ? 4 : 0);
}

using Candidates = std::vector<std::size_t>;

/// The first of the highest weight; of the same category the richest stands for it.
std::size_t best_of(std::span<const Kept> findings, const Candidates& candidates) {
  std::size_t best = candidates.front();
  for (const auto i : candidates)
    if (findings[i].weight > findings[best].weight) best = i;
  std::size_t richest = best;
  for (const auto i : candidates) {
    const bool same = findings[i].finding.category == findings[best].finding.category &&
                      findings[i].weight >= Weight::weak &&
                      findings[best].known == findings[i].known;
    if (same && richness(findings[i]) > richness(findings[richest])) richest = i;
  }
  return richest;
}

/// The failures at the end: those with signs of life behind them were not it.
Candidates last_cluster(std::span<const Kept> findings, const Candidates& fatal) {
  Candidates by_end = fatal;
  std::ranges::stable_sort(by_end, [&](auto a, auto b) {
    return findings[a].last_at.ordinary_lines < findings[b].last_at.ordinary_lines;
  });
  Candidates cluster{by_end.back()};
  std::uint64_t begins = findings[by_end.back()].first_at.ordinary_lines;
  for (auto i = by_end.rbegin() + 1; i != by_end.rend(); ++i) {
    if (findings[*i].last_at.ordinary_lines + kLinesThatShowLife < begins) break;
    begins = std::min(begins, findings[*i].first_at.ordinary_lines);
    cluster.push_back(*i);
  }
  std::ranges::sort(cluster);
  return cluster;
}

/// A kill explains a lost peer, and something known explains more than "an error".
Candidates preferred(std::span<const Kept> findings, const Candidates& cluster) {
  Weight highest = Weight::warning;
  for (const auto i : cluster) highest = std::max(highest, findings[i].weight);
  Candidates top;
  for (const auto i : cluster)
    if (findings[i].weight == highest) top.push_back(i);
  if (highest != Weight::weak) return top;
  Candidates kills;
  for (const auto i : top)
    if (findings[i].finding.category == LogCategory::host_oom_kill) kills.push_back(i);
  const bool others_are_peers = std::ranges::all_of(top, [&](auto i) {
    return is_memory(findings[i].finding.category) ||
           findings[i].finding.category == LogCategory::nccl_error ||
           findings[i].finding.category == LogCategory::other_error;
  });
  return !kills.empty() && others_are_peers ? kills : top;
}

std::size_t choose_warning(std::span<const Kept> findings) {
  const auto rank = [](const Kept& kept) {
    const bool topic = kept.finding.category != LogCategory::warning_only;
    return (kept.weight > Weight::warning ? 4 : 0) + (kept.finding.figures.requested ? 2 : 0) +
           (topic ? 1 : 0);
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < findings.size(); ++i)
    if (rank(findings[i]) > rank(findings[best])) best = i;
  return best;
}

/// A shell, git or curl complained: the script around it may go on, and shows it by its lines. What
/// a collective or the GPU's driver says is followed by long dumps of stacks.
bool is_loose(const Kept& kept) {
  using enum LogCategory;
  const LogCategory category = kept.finding.category;
  return kept.weight == Weight::weak && kept.known && kept.finding.exception.empty() &&
         kept.finding.traceback.empty() && !kept.lost_number && !is_memory(category) &&
         category != nccl_error && category != cuda_error;
}

}  // namespace

bool went_on(const Progress& since, const Progress& at_end) {
  return at_end.moves >= since.moves + kStepsThatProveIt;
}

bool was_survived(const Kept& kept, const Progress& at_end) {
  if (kept.survived || kept.weight == Weight::warning) return true;
  if (kept.lost_number)
    return at_end.finite_losses >= kept.last_at.finite_losses + kStepsThatProveIt;
  if (is_loose(kept) && at_end.ordinary_lines > kept.last_at.ordinary_lines + kLinesThatShowLife)
    return true;
  return went_on(kept.last_at, at_end) || at_end.finishes > kept.last_at.finishes;
}

Primary choose_primary(std::span<const Kept> findings, const Progress& at_end) {
  if (findings.empty()) return {};
  Candidates fatal, memory;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (was_survived(findings[i], at_end)) continue;
    fatal.push_back(i);
    if (is_gpu_or_host_memory(findings[i]) && findings[i].weight == Weight::decisive)
      memory.push_back(i);
  }
  if (fatal.empty()) return {choose_warning(findings), false};
  if (!memory.empty()) return {best_of(findings, memory), true};
  return {best_of(findings, preferred(findings, last_cluster(findings, fatal))), true};
}

}  // namespace tidemark
