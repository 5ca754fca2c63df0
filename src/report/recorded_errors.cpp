#include "report/recorded_errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tidemark {
namespace {

std::string_view last_component(std::string_view type) {
  const auto dot = type.find_last_of(".:");
  return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

/// One may hold more lines of the message than the other.
bool begin_alike(std::string_view one, std::string_view other) {
  constexpr std::size_t kCompared = 60;
  const auto length = std::min({one.size(), other.size(), kCompared});
  return one.substr(0, length) == other.substr(0, length);
}

}  // namespace

std::optional<SeenError> recorded_error(const EventRecord& event) {
  const bool out_of_memory = event.type == "oom_error";
  if (!out_of_memory && event.type != "exception") return std::nullopt;
  const auto details = nlohmann::json::parse(event.details, nullptr, false);
  if (!details.is_object()) return std::nullopt;
  const auto text_at = [&details](const char* key) {
    const auto found = details.find(key);
    return found != details.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  SeenError error{
      .type = text_at("exception"), .message = text_at("message"), .out_of_memory = out_of_memory};
  if (error.type.empty()) return std::nullopt;
  if (std::isfinite(event.unix_seconds)) error.at = event.unix_seconds;
  return error;
}

std::vector<LogErrorRecord> merge_readers(std::vector<LogErrorRecord> errors) {
  std::vector<LogErrorRecord> merged;
  for (auto& error : errors) {
    const auto same = std::ranges::find_if(merged, [&error](const LogErrorRecord& other) {
      return other.line == error.line && other.byte_offset == error.byte_offset &&
             other.category == error.category && other.message == error.message &&
             other.exception == error.exception;
    });
    if (same == merged.end()) {
      merged.push_back(std::move(error));
      continue;
    }
    if (same->unix_seconds) error.unix_seconds = same->unix_seconds;
    *same = std::move(error);
  }
  return merged;
}

bool is_same_error(const LogErrorRecord& said, const SeenError& recorded) {
  const std::string type{last_component(recorded.type)};
  if (said.exception.empty())
    return !recorded.message.empty() && !said.message.empty() &&
           begin_alike(said.message, recorded.message);
  if (last_component(said.exception) == type && begin_alike(said.message, recorded.message))
    return true;
  return std::ranges::any_of(said.chain, [&](const std::string& other) {
    return begin_alike(other, type + ": " + recorded.message);
  });
}

ErrorDating::ErrorDating(std::vector<LogError>& errors)
    : errors_(errors), distance_(errors.size(), std::numeric_limits<double>::infinity()) {
  for (std::size_t i = 0; i < errors_.size(); ++i)
    if (const auto& said = errors_[i].said; !said.unix_seconds && said.step)
      undated_.emplace(*said.step, i);
}

void ErrorDating::add(const StepRecord& step) {
  if (undated_.empty() || step.rank != 0 || !std::isfinite(step.unix_seconds)) return;
  const auto [first, last] = undated_.equal_range(step.step);
  for (auto entry = first; entry != last; ++entry)
    errors_[entry->second].said.unix_seconds = step.unix_seconds;
}

void ErrorDating::add(const SampleRow& sample) {
  // The sample beside an error was often taken when the trainer was gone, and its memory with it.
  if (!sample.main_process || !sample.used) return;
  for (std::size_t i = 0; i < errors_.size(); ++i) {
    if (!errors_[i].said.unix_seconds) continue;
    const double distance = std::abs(sample.unix_seconds - *errors_[i].said.unix_seconds);
    if (!(distance < distance_[i])) continue;
    distance_[i] = distance;
    errors_[i].memory_at_time = sample.used;
  }
}

}  // namespace tidemark
