#include "report/prediction_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace tidemark {
namespace {

std::string source_words(const PredictionCheck& check) {
  const std::string_view what = check.source == "plan"             ? "the plan"
                                : check.source == "apply"          ? "the applied changes"
                                : check.source == "recommendation" ? "a recommendation"
                                                                   : "whatif";
  return fmt::format("{} of {}, run {}", what, check.job, check.run);
}

std::string judgement(const PredictionCheck& check) {
  const auto error = check.error_fraction();
  const auto off = fmt::format("{} {}", format_percent(std::abs(error)),
                               error < 0 ? "less than it was" : "more than it was");
  if (check.at_least)
    return check.within() ? "so far within what was predicted" : "more than was predicted";
  const auto likely = std::abs(error) < 0.005 ? std::string{"what was predicted"} : off;
  return fmt::format("{}, {}", likely,
                     check.within() ? "within the interval" : "out of the interval");
}

}  // namespace

std::string check_sentence(const PredictionCheck& check) {
  return fmt::format("{} ({} to {}) by {}; it was {}{}: {}", format_bytes(check.likely),
                     format_bytes(check.low), format_bytes(check.high), source_words(check),
                     check.at_least ? "at least " : "", format_bytes(check.actual),
                     judgement(check));
}

std::string other_changes_sentence(const PredictionCheck& check) {
  if (check.other_changes.empty()) return {};
  return fmt::format("Also changed, and in no prediction: {}",
                     fmt::join(check.other_changes, ", "));
}

std::string learned_sentence(const MemoryModel& model) {
  const auto count = model.learned_from.size();
  if (count == 0) return {};
  return fmt::format("{} from {} earlier run{} of this model on this machine",
                     model.base ? "predicted" : "also", count, count == 1 ? "" : "s");
}

}  // namespace tidemark
