#include "monitor/event_details.h"

#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "monitor/monitor.h"
#include "telemetry/pools.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

// Names come from the trainer: bytes that are no UTF-8 are replaced, never thrown at us.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json gb_or_null(std::optional<Bytes> bytes) {
  return bytes ? Json(to_gib(*bytes)) : Json(nullptr);
}

}  // namespace

std::string worker_details(const ProcessSample& worker) {
  return text_of({{"pid", worker.id.pid},
                  {"name", worker.name},
                  {"rss_gb", gb_or_null(worker.rss)},
                  {"pss_gb", gb_or_null(worker.pss)},
                  {"uss_gb", gb_or_null(worker.uss)}});
}

std::string pool_details(const PoolUse& pool) {
  return text_of({{"pool", name_of(pool.kind)},
                  {"index", pool.index ? Json(*pool.index) : Json(nullptr)},
                  {"name", pool.name},
                  {"used_gb", to_gib(pool.used)},
                  {"limit_gb", to_gib(pool.limit)},
                  {"fraction", pool.fraction()}});
}

std::string oom_kill_details(std::uint64_t kills, std::optional<Bytes> limit) {
  return text_of({{"kills", kills}, {"limit_gb", gb_or_null(limit)}});
}

std::string clock_step_details(std::int64_t stepped_ns) {
  return text_of({{"stepped_seconds", static_cast<double>(stepped_ns) / 1e9}});
}

std::string start_details(const RunInfo& info) {
  Json details{{"pid", info.process.pid},
               {"command", info.command},
               {"working_directory", info.working_directory},
               {"config_path", info.config_path},
               {"sample_interval_seconds", info.settings.sample_interval_seconds}};
  if (!info.config_json.empty()) {
    auto config = Json::parse(info.config_json, nullptr, false);
    details["config"] = config.is_discarded() ? Json(nullptr) : std::move(config);
  }
  return text_of(details);
}

std::string exit_details(const RunObservation& observation) {
  Json details = Json::object();
  if (observation.wait_status) {
    const int status = *observation.wait_status;
    if (WIFSIGNALED(status)) details["signal"] = signal_name(WTERMSIG(status));
    if (WIFEXITED(status)) details["code"] = WEXITSTATUS(status);
  }
  if (observation.main_max_rss) details["max_rss_gb"] = to_gib(*observation.main_max_rss);
  if (!observation.left_behind.empty()) details["left_behind"] = observation.left_behind;
  return text_of(details);
}

std::string guard_details(const QuickLook& look, int signal) {
  Json details{{"used_gb", to_gib(look.used)},
               {"limit_gb", to_gib(look.limit)},
               {"fraction", ratio(look.used, look.limit)}};
  if (signal != 0) details["signal"] = signal_name(signal);
  return text_of(details);
}

std::string notice_details(const std::string& line) {
  return text_of({{"message", line}});
}

std::string exception_details(const std::string& type, const std::string& message) {
  return text_of({{"exception", type}, {"message", message}});
}

}  // namespace tidemark
