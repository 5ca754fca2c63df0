#include <nlohmann/json.hpp>

#include "monitor/monitor.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const ProcessIdentity& id) {
  return {{"pid", id.pid}, {"start_ticks", id.start_ticks}};
}
ProcessIdentity identity_from(const Json& json) {
  return {json.at("pid").get<std::int32_t>(), json.at("start_ticks").get<std::uint64_t>()};
}

Json json_of(const MonitoringSettings& settings) {
  return {{"enabled", settings.enabled},
          {"sample_interval_seconds", settings.sample_interval_seconds},
          {"track_per_process", settings.track_per_process},
          {"analyze_on_complete", settings.analyze_on_complete},
          {"memory_warning_ratio", settings.memory_warning_ratio},
          {"memory_critical_ratio", settings.memory_critical_ratio},
          {"performance_log_every", settings.performance_log_every}};
}
MonitoringSettings settings_from(const Json& json) {
  return {.enabled = json.at("enabled").get<bool>(),
          .sample_interval_seconds = json.at("sample_interval_seconds").get<double>(),
          .track_per_process = json.at("track_per_process").get<bool>(),
          .analyze_on_complete = json.at("analyze_on_complete").get<bool>(),
          .memory_warning_ratio = json.at("memory_warning_ratio").get<double>(),
          .memory_critical_ratio = json.at("memory_critical_ratio").get<double>(),
          .performance_log_every = json.at("performance_log_every").get<std::int64_t>()};
}

Json json_of(const OutputSource& output) {
  return {{"pipe_fd", output.pipe_fd},
          {"file", output.file},
          {"file_offset", output.file_offset},
          {"earlier_offset", output.earlier_offset}};
}
OutputSource output_from(const Json& json) {
  return {.pipe_fd = json.at("pipe_fd").get<int>(),
          .file = json.at("file").get<std::string>(),
          .file_offset = json.at("file_offset").get<std::int64_t>(),
          .earlier_offset = json.value("earlier_offset", std::int64_t{-1})};
}

// nlohmann throws on a missing key or a wrong type; here that ends as a value.
template <class Value, class Read>
Result<Value> decode_with(const std::string& message, Read read) {
  try {
    return read(Json::parse(message));
  } catch (const Json::exception& error) {
    return fail(Errc::malformed, std::string{"control message: "} + error.what());
  }
}

}  // namespace

std::string_view name_of(GuardPolicy policy) {
  return policy == GuardPolicy::stop ? "stop" : policy == GuardPolicy::warn ? "warn" : "off";
}

std::optional<GuardPolicy> guard_policy_from(std::string_view name) {
  for (const auto policy : {GuardPolicy::off, GuardPolicy::warn, GuardPolicy::stop})
    if (name_of(policy) == name) return policy;
  return std::nullopt;
}

std::string encode(const MonitorRequest& request) {
  Json rescue = Json::array();
  for (const auto& file : request.rescue_databases) rescue.push_back(file.string());
  Json outputs = Json::array();
  for (const auto& output : request.outputs) outputs.push_back(json_of(output));
  const RunInfo& info = request.info;
  return text_of({{"job_id", info.job_id},
                  {"job_name", info.job_name},
                  {"command", info.command},
                  {"working_directory", info.working_directory},
                  {"config_path", info.config_path},
                  {"config_json", info.config_json},
                  {"settings", json_of(info.settings)},
                  {"tidemark_version", info.tidemark_version},
                  {"database", request.database.string()},
                  {"rescue_databases", rescue},
                  {"outputs", outputs},
                  {"guard", name_of(request.guard)},
                  {"notify_url", request.notify_url}});
}

Result<MonitorRequest> decode_request(const std::string& message) {
  return decode_with<MonitorRequest>(message, [](const Json& json) {
    MonitorRequest request;
    RunInfo& info = request.info;
    json.at("job_id").get_to(info.job_id);
    json.at("job_name").get_to(info.job_name);
    json.at("command").get_to(info.command);
    json.at("working_directory").get_to(info.working_directory);
    json.at("config_path").get_to(info.config_path);
    json.at("config_json").get_to(info.config_json);
    info.settings = settings_from(json.at("settings"));
    json.at("tidemark_version").get_to(info.tidemark_version);
    request.database = json.at("database").get<std::string>();
    for (const auto& file : json.at("rescue_databases"))
      request.rescue_databases.emplace_back(file.get<std::string>());
    for (const auto& output : json.at("outputs")) request.outputs.push_back(output_from(output));
    request.guard = guard_policy_from(json.value("guard", "off")).value_or(GuardPolicy::off);
    request.notify_url = json.value("notify_url", "");
    return request;
  });
}

std::string encode(const LauncherMessage& message) {
  Json json = Json::object();
  if (message.started) json["started"] = json_of(*message.started);
  if (message.output_file) json["output_file"] = json_of(*message.output_file);
  if (message.reaped) {
    json["reaped"] = {{"wait_status", message.reaped->wait_status},
                      {"signals_sent", message.reaped->signals_sent},
                      {"output_bytes_dropped", message.reaped->output_bytes_dropped}};
    if (message.reaped->max_rss) json["reaped"]["max_rss_bytes"] = message.reaped->max_rss->count;
  }
  return text_of(json);
}

Result<LauncherMessage> decode_launcher_message(const std::string& message) {
  return decode_with<LauncherMessage>(message, [](const Json& json) {
    LauncherMessage decoded;
    if (json.contains("started")) decoded.started = identity_from(json["started"]);
    if (json.contains("output_file")) decoded.output_file = output_from(json["output_file"]);
    if (json.contains("reaped")) {
      const auto& reaped = json["reaped"];
      decoded.reaped.emplace();
      reaped.at("wait_status").get_to(decoded.reaped->wait_status);
      reaped.at("signals_sent").get_to(decoded.reaped->signals_sent);
      reaped.at("output_bytes_dropped").get_to(decoded.reaped->output_bytes_dropped);
      if (reaped.contains("max_rss_bytes"))
        decoded.reaped->max_rss = Bytes{reaped["max_rss_bytes"].get<std::int64_t>()};
    }
    return decoded;
  });
}

std::string encode(const MonitorMessage& message) {
  return text_of({{"journal", message.journal},
                  {"ready", message.ready},
                  {"notice", message.notice},
                  {"done", message.done},
                  {"database", message.database},
                  {"job_id", message.job_id},
                  {"run_number", message.run_number}});
}

Result<MonitorMessage> decode_monitor_message(const std::string& message) {
  return decode_with<MonitorMessage>(message, [](const Json& json) {
    return MonitorMessage{.journal = json.at("journal").get<std::string>(),
                          .ready = json.at("ready").get<bool>(),
                          .notice = json.at("notice").get<std::string>(),
                          .done = json.at("done").get<bool>(),
                          .database = json.at("database").get<std::string>(),
                          .job_id = json.at("job_id").get<std::string>(),
                          .run_number = json.at("run_number").get<std::int64_t>()};
  });
}

}  // namespace tidemark
