#include <algorithm>
#include <utility>

#include "integrate/integrate.h"

namespace tidemark {
namespace {

FileChange reversed(FileChange change) {
  std::swap(change.before, change.after);
  return change;
}

void take_back_intent(const IntegrationPlan& plan) {
  if (plan.intent) (void)carry_out({reversed(*plan.intent)});
  remove_empty_folders(plan.made_folders);
}

}  // namespace

Result<void> carry_out_plan(const IntegrationPlan& plan) {
  if (plan.intent)
    if (auto done = carry_out({*plan.intent}); !done) return done;
  auto done = carry_out(plan.changes);
  if (!done) take_back_intent(plan);
  return done;
}

void take_back_plan(const IntegrationPlan& plan) {
  std::vector<FileChange> back;
  std::ranges::transform(plan.changes, std::back_inserter(back), reversed);
  std::ranges::reverse(back);
  (void)carry_out(back);
  take_back_intent(plan);
}

}  // namespace tidemark
