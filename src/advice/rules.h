// The rules, one per file. Each is a pure function: absent where it has nothing to say. Private to
// advice.
#pragma once

#include <optional>

#include "analysis/analysis.h"

namespace tidemark {

using AdviceRule = std::optional<Recommendation> (*)(const Analysis&);

std::optional<Recommendation> enlarge_shm(const Analysis& analysis);
std::optional<Recommendation> fewer_workers(const Analysis& analysis);
std::optional<Recommendation> raise_container_limit(const Analysis& analysis);
std::optional<Recommendation> raise_process_limit(const Analysis& analysis);
// Not settings of the config.
std::optional<Recommendation> stop_other_process(const Analysis& analysis);
std::optional<Recommendation> allocator_setting(const Analysis& analysis);
std::optional<Recommendation> fix_leak(const Analysis& analysis);
// What spare memory and lost time are good for.
std::optional<Recommendation> larger_batch(const Analysis& analysis);
std::optional<Recommendation> checkpointing_off(const Analysis& analysis);
std::optional<Recommendation> feed_faster(const Analysis& analysis);
std::optional<Recommendation> sample_less_often(const Analysis& analysis);
std::optional<Recommendation> save_less_often(const Analysis& analysis);

// Shared by the rules.
bool names_finding(const Analysis& analysis, std::string_view id);
/// The limiting pool, when memory ended the run or came over a threshold.
const PoolPeak* pressed_pool(const Analysis& analysis);
/// The smallest limit in whole GB (or MB below 1 GB) under which this peak stays below the warning
/// line.
Bytes limit_for(const Analysis& analysis, Bytes peak);
Evidence peak_evidence(const PoolPeak& pool);

}  // namespace tidemark
