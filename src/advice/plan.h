// The cheapest combination that fits. Private to advice.
#pragma once

#include <optional>
#include <vector>

#include "advice/proposal.h"

namespace tidemark {

/// Of each proposal how many of its steps are taken: 0 is none, 1 its first.
using Choice = std::vector<std::size_t>;

struct ChosenPlan {
  Choice choice{};
  Range peak{};
  bool fits = false;
};

/// The cheapest choice whose predicted peak is at most `target_bytes` at its high end. It is
/// minimal: without any one of its changes, or with one of them taken one step less far, the peak
/// is over the target. Where nothing fits: the choice that comes lowest, `fits` false.
ChosenPlan cheapest_plan(const MemoryModel& model, const std::vector<Proposal>& proposals,
                         double target_bytes);

/// The recipe under a choice.
Recipe recipe_under(const MemoryModel& model, const std::vector<Proposal>& proposals,
                    const Choice& choice);

}  // namespace tidemark
