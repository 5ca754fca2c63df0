#include "monitor/journal_rows.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/secrets.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

// Walking and printing recurse; a hostile depth must not reach them.
constexpr int kDeepest = 64;
// One message of an exception, as the exit's evidence shows it.
constexpr std::size_t kMostMessageBytes = 2000;
// What the trainer held at a phase's boundary comes right behind it and becomes its details. Where
// the two were drained apart it is an event of its own.
constexpr std::string_view kProcessMemory = "process_memory";

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parse_bounded(std::string_view text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest; };
  auto json = Json::parse(text, shallow, false);
  return json.is_object() ? std::move(json) : Json{};
}

void redact(Json& json, std::string_view key) {
  if (json.is_object()) {
    for (auto& [name, value] : json.items()) {
      if (!value.is_structured() && is_secret_key(name))
        value = kRedacted;
      else
        redact(value, name);
    }
  } else if (json.is_array()) {
    for (auto& value : json) redact(value, key);
  } else if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    json = is_secret_value(key, text) ? std::string{kRedacted} : mask_secrets(text);
  }
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return {};
  return found->get<std::string>().substr(0, kMostMessageBytes);
}

/// Turns records into rows one after the other.
class Translator {
 public:
  explicit Translator(std::int32_t root_pid) : root_pid_(root_pid) {}

  void operator()(const StepRecord& step) { rows_.group.add(step); }
  void operator()(const AllocatorRecord& record) { rows_.group.add(record); }
  void operator()(PhaseRecord& phase) {
    rows_.group.add(EventRecord{.unix_seconds = phase.unix_seconds,
                                .type = phase.name + (phase.begins ? "_start" : "_end"),
                                .rank = phase.rank});
    after_phase_ = true;
  }
  void operator()(EventRecord& event) {
    auto details = parse_bounded(event.details);
    redact(details, {});
    if (event.type == "job_config") return take_config(details);
    if (event.type == kProcessMemory && std::exchange(after_phase_, false)) {
      rows_.group.events.back().event.details = text_of(details);
      return;
    }
    after_phase_ = false;
    note_word(event, details);
    if (details.is_null() && !event.details.empty())
      details = {{"text", mask_secrets(event.details)}};
    event.details = details.is_null() ? std::string{} : text_of(details);
    rows_.group.add(std::move(event));
  }

  JournalRows take() { return std::move(rows_); }

 private:
  // The run's config, and no event: the run's row is where it is looked for.
  void take_config(const Json& details) {
    const auto config = details.find("config");
    if (config != details.end() && config->is_object()) rows_.group.config_json = text_of(*config);
  }

  // Details without a pid are of another writer than the Python package, and the trainer's own.
  bool is_of_root(const Json& details) const {
    const auto pid = details.find("pid");
    return pid == details.end() || !pid->is_number_integer() || *pid == root_pid_;
  }

  void note_word(const EventRecord& event, const Json& details) {
    if (event.rank != 0 || !is_of_root(details)) return;
    if (event.type == "exception" || event.type == "oom_error") {
      rows_.said.exception = SeenException{.type = text_at(details, "class"),
                                           .message = text_at(details, "message"),
                                           .out_of_memory = event.type == "oom_error"};
    } else if (event.type == "keyboard_interrupt") {
      rows_.said.keyboard_interrupt = true;
    } else if (event.type == "monitoring_end") {
      const auto completed = details.find("completed");
      if (completed != details.end() && completed->is_boolean())
        rows_.said.completed = completed->get<bool>();
    }
  }

  std::int32_t root_pid_;
  JournalRows rows_{};
  bool after_phase_ = false;  // the last event of the group is a phase's
};

}  // namespace

JournalRows rows_from(std::vector<JournalRecord> records, std::int32_t root_pid) {
  Translator translate{root_pid};
  for (auto& record : records) std::visit(translate, record);
  return translate.take();
}

void take_word(TrainerWord& earlier, TrainerWord later) {
  if (later.exception) earlier.exception = std::move(later.exception);
  earlier.keyboard_interrupt = earlier.keyboard_interrupt || later.keyboard_interrupt;
  if (later.completed) earlier.completed = later.completed;
}

}  // namespace tidemark
