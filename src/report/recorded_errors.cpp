#include "report/recorded_errors.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace tidemark {

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

void ErrorDating::add(const SampleRow& sample) {
  // The sample beside the event was often taken when the trainer was gone, and its memory with it.
  if (!sample.main_process || !sample.used) return;
  for (auto& error : errors_)
    if (error.timestamp && sample.unix_seconds <= *error.timestamp)
      error.memory_at_time = sample.used;
}

}  // namespace tidemark
