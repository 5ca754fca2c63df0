#include "advice/plan.h"

#include <queue>

namespace tidemark {
namespace {

// A predicted peak takes microseconds; with a dozen proposals the cheapest fit is among the first
// hundreds. Beyond this many the strongest choice is pruned instead.
constexpr std::size_t kMostTried = 4000;

double price_of(const std::vector<Proposal>& proposals, const Choice& choice) {
  double price = 0;
  for (std::size_t i = 0; i < choice.size(); ++i)
    if (choice[i] > 0) price += proposals[i].steps[choice[i] - 1].price;
  return price;
}

Range peak_under(const MemoryModel& model, const std::vector<Proposal>& proposals,
                 const Choice& choice) {
  return predict(model, recipe_under(model, proposals, choice)).peak;
}

struct Candidate {
  double price = 0;
  Choice choice{};
  std::size_t last = 0;  // the proposal that was raised last: none before it is raised again
  bool operator<(const Candidate& other) const { return price > other.price; }
};

/// Choices in the order of their price, each once: the steps of a proposal grow dearer.
std::optional<ChosenPlan> by_price(const MemoryModel& model, const std::vector<Proposal>& proposals,
                                   double target) {
  std::priority_queue<Candidate> waiting;
  waiting.push({0, Choice(proposals.size()), 0});
  for (std::size_t tried = 0; !waiting.empty() && tried < kMostTried; ++tried) {
    const auto candidate = waiting.top();
    waiting.pop();
    const auto peak = peak_under(model, proposals, candidate.choice);
    if (peak.high <= target) return ChosenPlan{candidate.choice, peak, true};
    for (std::size_t i = candidate.last; i < proposals.size(); ++i) {
      if (candidate.choice[i] == proposals[i].steps.size()) continue;
      auto next = candidate;
      ++next.choice[i];
      next.last = i;
      next.price = price_of(proposals, next.choice);
      waiting.push(std::move(next));
    }
  }
  return std::nullopt;
}

/// From the strongest choice, dearest first, back as far as `may` allows.
template <class May>
Choice pruned(const std::vector<Proposal>& proposals, Choice choice, const May& may) {
  for (bool changed = true; changed;) {
    changed = false;
    std::optional<std::size_t> dearest;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      if (choice[i] == 0) continue;
      auto less = choice;
      --less[i];
      const auto step = [&](std::size_t k) { return proposals[k].steps[choice[k] - 1].price; };
      if (may(less) && (!dearest || step(i) > step(*dearest))) dearest = i;
    }
    if (!dearest) continue;
    --choice[*dearest];
    changed = true;
  }
  return choice;
}

}  // namespace

Recipe recipe_under(const MemoryModel& model, const std::vector<Proposal>& proposals,
                    const Choice& choice) {
  Recipe recipe = model.asked;
  for (std::size_t i = 0; i < choice.size(); ++i)
    if (choice[i] > 0)
      for (const auto& change : proposals[i].steps[choice[i] - 1].changes)
        (void)apply_change(recipe, change);  // the rules' paths are the recipe's own
  return recipe;
}

ChosenPlan cheapest_plan(const MemoryModel& model, const std::vector<Proposal>& proposals,
                         double target_bytes) {
  Choice strongest;
  for (const auto& proposal : proposals) strongest.push_back(proposal.steps.size());
  const auto lowest = peak_under(model, proposals, strongest);
  if (lowest.high <= target_bytes) {
    if (auto plan = by_price(model, proposals, target_bytes)) return *plan;
    const auto choice = pruned(proposals, strongest, [&](const Choice& less) {
      return peak_under(model, proposals, less).high <= target_bytes;
    });
    return {choice, peak_under(model, proposals, choice), true};
  }
  // Nothing fits: what does not lower the peak is not asked for.
  const auto choice = pruned(proposals, strongest, [&](const Choice& less) {
    const auto peak = peak_under(model, proposals, less);
    return peak.high <= lowest.high && peak.likely <= lowest.likely;
  });
  return {choice, peak_under(model, proposals, choice), false};
}

}  // namespace tidemark
