#include <cmath>
#include <nlohmann/json.hpp>

#include "live/live.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

Json number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}
Json gb(std::optional<Bytes> value) {
  return value ? Json(to_gib(*value)) : Json(nullptr);
}
Json percent(std::optional<double> ratio) {
  return number(ratio ? std::optional{*ratio * 100} : std::nullopt);
}
template <class T>
Json whole(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json job_json(const LiveSnapshot& snapshot) {
  const auto& run = snapshot.run;
  const double started = run.info.anchor.unix_seconds(run.info.anchor.boot);
  return {{"id", run.key.job_id},
          {"name", run.info.job_name},
          {"run", run.key.number},
          {"status", name_of(snapshot.status)},
          {"host", run.info.host},
          {"started_at", number(started)},
          {"ended_at", run.end ? number(run.end->unix_seconds) : Json(nullptr)},
          {"duration_seconds", number(std::max(0.0, snapshot.until() - started))}};
}

Json verdict_json(const std::optional<LiveVerdict>& verdict) {
  if (!verdict) return nullptr;
  Json json{{"as_of", verdict->as_of},
            {"health", name_of(verdict->health)},
            {"text", verdict->sentence},
            {"limiting_pool", nullptr}};
  if (const auto& pool = verdict->pool)
    json["limiting_pool"] = {{"pool", name_of(pool->kind)},
                             {"index", whole(pool->index)},
                             {"name", pool->name},
                             {"limit_gb", to_gib(pool->limit)},
                             {"peak_gb", to_gib(pool->peak)},
                             {"fraction", pool->fraction()},
                             {"peak_at", number(pool->at)}};
  return json;
}

Json pools_json(const LiveSnapshot& snapshot) {
  Json pools = Json::array();
  if (!snapshot.last) return pools;
  for (const auto& pool : pools_of(*snapshot.last))
    pools.push_back({{"pool", name_of(pool.kind)},
                     {"index", whole(pool.index)},
                     {"name", pool.name},
                     {"used_gb", to_gib(pool.used)},
                     {"limit_gb", to_gib(pool.limit)},
                     {"fraction", pool.fraction()}});
  return pools;
}

Json sample_json(const std::optional<SampleRow>& last) {
  if (!last) return nullptr;
  Json gpus = Json::array();
  for (const auto& gpu : last->gpus)
    gpus.push_back({{"index", gpu.device_index},
                    {"name", gpu.name},
                    {"memory_used_gb", gb(gpu.memory_used)},
                    {"memory_total_gb", gb(gpu.memory_total)},
                    {"run_memory_gb", gb(gpu.run_memory)},
                    {"utilization_percent", percent(gpu.utilization_ratio)}});
  return {{"timestamp", number(last->unix_seconds)},
          {"total_memory_gb", gb(last->total)},
          {"used_memory_gb", gb(last->used)},
          {"available_memory_gb", gb(last->available)},
          {"swap_used_gb", gb(last->swap_used)},
          {"main_process_memory_gb", gb(last->main_process)},
          {"worker_memory_gb", gb(last->worker)},
          {"worker_count", whole(last->worker_count)},
          {"cpu_utilization_percent", percent(last->cpu_utilization_ratio)},
          {"pressure_some_percent", percent(last->pressure_some_ratio)},
          {"pressure_full_percent", percent(last->pressure_full_ratio)},
          {"gpus", std::move(gpus)}};
}

Json steps_json(const std::optional<LiveSteps>& steps) {
  if (!steps) return nullptr;
  return {{"last_step", steps->last},
          {"timestamp", number(steps->last_at)},
          {"total_steps", whole(steps->total)},
          {"steps_per_second", number(steps->per_second)},
          {"seconds_left", number(steps->seconds_left)},
          {"loss", number(steps->loss)},
          {"mean_loss", number(steps->mean_loss)},
          {"data_wait_fraction", number(steps->data_wait_ratio)},
          {"learning_rate", number(steps->learning_rate)},
          {"batch_size", whole(steps->batch_size)}};
}

Json events_json(const std::vector<StoredEvent>& events) {
  Json list = Json::array();
  for (const auto& [event, used] : events)
    list.push_back({{"timestamp", number(event.unix_seconds)},
                    {"event_type", event.type},
                    {"used_memory_gb", gb(used)}});
  return list;
}

Json errors_json(const std::optional<LiveVerdict>& verdict) {
  Json list = Json::array();
  if (!verdict) return list;
  for (const auto& error : verdict->log_errors)
    list.push_back({{"level", name_of(error.said.severity)},
                    {"category", error.said.category},
                    {"exception", error.said.exception},
                    {"message", error.said.message},
                    {"timestamp", number(error.said.unix_seconds)},
                    {"step", whole(error.said.step)},
                    {"count", error.said.count}});
  return list;
}

}  // namespace

std::string live_json(const LiveSnapshot& snapshot) {
  Json running = Json::array();
  for (const auto& choice : snapshot.choices)
    running.push_back(
        {{"id", choice.run.job_id}, {"name", choice.name}, {"run", choice.run.number}});
  const Json json{{"as_of", number(snapshot.now)},
                  {"job", job_json(snapshot)},
                  {"verdict", verdict_json(snapshot.verdict)},
                  {"pools", pools_json(snapshot)},
                  {"sample", sample_json(snapshot.last)},
                  {"steps", steps_json(snapshot.steps)},
                  {"events", events_json(snapshot.events)},
                  {"log_errors", errors_json(snapshot.verdict)},
                  {"dropped_records", snapshot.run.drops.total()},
                  {"running", std::move(running)},
                  {"problem", snapshot.problem.empty() ? Json(nullptr) : Json(snapshot.problem)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tidemark
