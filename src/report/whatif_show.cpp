// A prediction as JSON and as text.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/config_value_json.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

double gib_of(double bytes) {
  return to_gib(to_bytes(bytes));
}

Json settings_json(const Whatif& answer) {
  Json settings = Json::array();
  for (std::size_t i = 0; i < answer.changes.size(); ++i)
    settings.push_back({{"config_path", answer.changes[i].path},
                        {"current_value", config_value_json(answer.current[i])},
                        {"value", config_value_json(answer.changes[i].value)}});
  return settings;
}

Json changes_json(const Prediction& then) {
  Json changes = Json::array();
  for (const auto& [component, bytes] : then.changes)
    changes.push_back({{"component", component},
                       {"gb",
                        {{"low", gib_of(bytes.low)},
                         {"likely", gib_of(bytes.likely)},
                         {"high", gib_of(bytes.high)}}}});
  return changes;
}

Json adjustable_json(const Whatif& answer) {
  Json settings = Json::array();
  for (const auto& [setting, moves_peak] : answer.adjustable) {
    settings.push_back({{"config_path", setting.path},
                        {"value", config_value_json(setting.value)},
                        {"moves_peak", moves_peak}});
    if (!setting.choices.empty()) settings.back()["choices"] = setting.choices;
  }
  return settings;
}

std::string signed_bytes(double count) {
  return (count < 0 ? "-" : "+") + format_bytes(to_bytes(std::abs(count)));
}

const char* judgement(const Whatif& answer) {
  if (answer.fits()) return "Fits";
  // At the limit a run is killed.
  return answer.then.peak.likely < static_cast<double>(answer.pool.limit.count) ? "May fit"
                                                                                : "Does not fit";
}

}  // namespace

std::string whatif_json(const Whatif& answer, int indent) {
  const auto& peak = answer.then.peak;
  Json breakdown = Json::array(), learned = Json::array();
  for (const auto& [id, job, run] : answer.learned_from)
    learned.push_back({{"job", job}, {"run", run}});
  for (const auto& [component, held] : answer.breakdown)
    breakdown.push_back({{"component", component}, {"gb", to_gib(held)}});
  return Json{{"job", answer.job_name},
              {"run", answer.run},
              {"settings", settings_json(answer)},
              {"pool", answer.pool.name},
              {"limit_gb", to_gib(answer.pool.limit)},
              {"current_peak_gb", to_gib(answer.pool.peak)},
              {"predicted_peak_gb", gib_of(peak.likely)},
              {"predicted_peak_low_gb", gib_of(peak.low)},
              {"predicted_peak_high_gb", gib_of(peak.high)},
              {"target_gb", to_gib(answer.target)},
              {"fits", answer.fits()},
              {"phase", answer.then.phase},
              {"changes", changes_json(answer.then)},
              {"breakdown", breakdown},
              {"learned_from", learned},
              {"not_known", answer.not_known},
              {"adjustable", adjustable_json(answer)}}
      .dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string whatif_text(const Whatif& answer) {
  const auto& peak = answer.then.peak;
  auto text = fmt::format("{}: predicted peak {} ({} to {}) of {}, now {}\n", judgement(answer),
                          format_bytes(to_bytes(peak.likely)), format_bytes(to_bytes(peak.low)),
                          format_bytes(to_bytes(peak.high)), format_bytes(answer.pool.limit),
                          format_bytes(answer.pool.peak));
  for (const auto& [component, bytes] : answer.then.changes)
    text += fmt::format("  {:<20} {} ({} to {})\n", component, signed_bytes(bytes.likely),
                        signed_bytes(bytes.low), signed_bytes(bytes.high));
  if (answer.then.changes.empty()) text += "  nothing that is in this peak changes\n";
  text += fmt::format("By the model of {}, run {}{}.\n", printable(answer.job_name, 60), answer.run,
                      answer.learned.empty() ? "" : "; " + answer.learned);
  for (const auto& unknown : answer.not_known) text += "Not known: " + unknown + ".\n";
  return text;
}

}  // namespace tidemark
