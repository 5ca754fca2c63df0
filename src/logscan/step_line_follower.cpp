#include "logscan/step_line_follower.h"

namespace tidemark {
namespace {

// No run takes as many; sums of such counts cannot overflow.
constexpr std::int64_t kImplausible = std::int64_t{1} << 48;

}  // namespace

void StepLineFollower::see(const StepLine& line, double unix_seconds) {
  if (line.step < 0 || line.step > kImplausible || line.total > kImplausible) return;
  const bool went_back = last_line_ && line.step < last_line_->step;
  if (went_back && line.total && line.total == last_line_->total && offset_ < kImplausible)
    offset_ += *line.total;
  last_line_ = line;
  StepRecord step{.step = offset_ + line.step,
                  .unix_seconds = unix_seconds,
                  .loss = line.loss,
                  .learning_rate = line.learning_rate,
                  .source = StepSource::bar};
  if (line.total) step.total_steps = offset_ + *line.total;
  if (newest_ && step.step < newest_->step) return;
  if (newest_ && step.step == newest_->step) {
    if (!step.loss && !step.learning_rate) return;
    step.unix_seconds = newest_->unix_seconds;
  } else if (newest_) {
    step.step_time_seconds =
        (unix_seconds - newest_->unix_seconds) / static_cast<double>(step.step - newest_->step);
  }
  newest_ = step;
  if (steps_.size() == kMostSteps) steps_.pop_front();
  steps_.push_back(step);
}

std::vector<StepRecord> StepLineFollower::take_steps() {
  std::vector<StepRecord> taken{steps_.begin(), steps_.end()};
  steps_.clear();
  return taken;
}

}  // namespace tidemark
