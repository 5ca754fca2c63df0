#include <cmath>
#include <nlohmann/json.hpp>

#include "report/config_value_json.h"
#include "report/contract_parts.h"
#include "report/report.h"
#include "report/run_history.h"

namespace tidemark {

std::string_view name_of(LogSeverity severity) {
  return severity == LogSeverity::critical ? "CRITICAL"
         : severity == LogSeverity::error  ? "ERROR"
                                           : "WARNING";
}

namespace {

using Json = nlohmann::ordered_json;

// Deeper details are shown as the text that they are: a nesting of thousands would overflow the
// stack.
constexpr int kDeepestDetails = 32;

Json json_of(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json json_of(Bytes value) {
  return Json(to_gib(value));
}
Json json_of(std::int64_t value) {
  return Json(value);
}
Json json_of(const std::string& value) {
  return Json(value);
}
template <class Value>
Json json_of(const std::optional<Value>& value) {
  return value ? json_of(*value) : Json(nullptr);
}

double finite_or_zero(double value) {
  return std::isfinite(value) ? value : 0.0;
}
double clamp01(double value) {
  return std::isfinite(value) ? std::fmin(std::fmax(value, 0.0), 1.0) : 0.0;
}

Json percent(std::optional<double> ratio) {
  return ratio && std::isfinite(*ratio) ? Json(*ratio * 100) : Json(nullptr);
}

Json json_of(const ConfigValue& value) {
  return config_value_json(value);
}

Json json_of(const std::vector<Evidence>& list) {
  Json array = Json::array();
  for (const auto& evidence : list) {
    Json one{{"text", evidence.text}};
    if (!evidence.source.empty()) one["source"] = evidence.source;
    if (evidence.value) one["value"] = json_of(*evidence.value);
    if (!evidence.unit.empty()) one["unit"] = evidence.unit;
    if (evidence.at) one["at"] = json_of(*evidence.at);
    array.push_back(std::move(one));
  }
  return array;
}

Json job_json(const Report& report) {
  const auto& [info, exit, summary] =
      std::tie(report.analysis.facts.info, report.analysis.exit, report.analysis.summary);
  Json job{{"id", report.run.job_id},
           {"name", info.job_name.empty() ? report.run.job_id : info.job_name},
           {"run", std::max<std::int64_t>(report.run.number, 1)},
           {"status", name_of(report.analysis.status)},
           {"started_at", json_of(summary.started_at)},
           {"ended_at", json_of(summary.ended_at)}};
  if (!info.host.empty()) job["host"] = info.host;
  Json evidence = Json::array();
  for (const auto& sentence : exit.evidence) evidence.push_back(sentence);
  job["exit"] = {{"kind", name_of(exit.kind)},
                 {"code", exit.code ? Json(*exit.code) : Json(nullptr)},
                 {"signal", exit.signal ? Json(signal_name(*exit.signal)) : Json(nullptr)},
                 {"evidence", std::move(evidence)}};
  if (const auto& end = report.analysis.facts.end)
    job["monitor"] = {{"cpu_seconds", json_of(end->monitor_cpu_seconds)},
                      {"pss_gb", json_of(end->monitor_pss)}};
  return job;
}

Json pool_json(const PoolPeak& pool) {
  Json json{{"kind", name_of(pool.kind)},
            {"index", json_of(pool.index)},
            {"name", pool.name},
            {"limit_gb", to_gib(pool.limit)},
            {"peak_gb", to_gib(pool.peak)},
            {"fraction", pool.fraction()},
            {"basis", name_of(pool.basis)},
            {"sampled_gb", to_gib(pool.sampled)},
            {"confirmed", pool.confirmed}};
  if (!pool.device_name.empty()) json["device_name"] = pool.device_name;
  if (!pool.device_uid.empty()) json["device_uid"] = pool.device_uid;
  return json;
}

Json parts_json(const Ledger& ledger) {
  Json parts = Json::object();
  for (const auto& [part, held] : ledger.parts) parts[std::string{part}] = to_gib(held);
  return parts;
}

Json ledger_json(const std::optional<Ledger>& ledger) {
  if (!ledger) return nullptr;
  return {{"kind", name_of(ledger->kind)},
          {"timestamp", json_of(ledger->at)},
          {"used_gb", to_gib(ledger->used)},
          {"limit_gb", json_of(ledger->limit)},
          {"parts_gb", parts_json(*ledger)}};
}

Json drops_json(const DropCounters& drops) {
  Json counts = Json::object();
  for (std::size_t i = 0; i < kDropKinds; ++i) {
    const auto why = static_cast<Drop>(i);
    if (drops.of(why) > 0) counts[std::string{name_of(why)}] = drops.of(why);
  }
  return counts;
}

Json summary_json(const Analysis& analysis) {
  const auto& summary = analysis.summary;
  const auto& pool = summary.limiting_pool;
  Json pools = Json::array();
  for (const auto& one : analysis.facts.pools) pools.push_back(pool_json(one));
  Json json{{"health_score", name_of(summary.health)},
            {"verdict", summary.verdict},
            {"peak_memory_gb", pool ? json_of(pool->peak) : Json(nullptr)},
            {"total_memory_gb", pool ? json_of(pool->limit) : Json(nullptr)},
            {"peak_fraction", pool ? json_of(pool->fraction()) : Json(nullptr)},
            {"peak_at", pool && pool->at > 0 ? json_of(pool->at) : Json(nullptr)},
            {"peak_bound_gb", pool ? json_of(pool->bound) : Json(nullptr)},
            {"training_completed", summary.training_completed},
            {"steps_completed", summary.steps_completed},
            {"total_steps", json_of(summary.total_steps)},
            {"duration_minutes", finite_or_zero(summary.duration_minutes)},
            {"error_count", summary.error_count},
            {"oom_count", summary.oom_count},
            {"steps_per_second", json_of(summary.steps_per_second)},
            {"dropped_records", summary.dropped_records},
            {"drops", drops_json(analysis.facts.drops)},
            {"limiting_pool", pool ? pool_json(*pool) : Json(nullptr)},
            {"pools", std::move(pools)},
            {"primary_cause", json_of(summary.primary_cause)}};
  add_thresholds(json, analysis.facts.info.settings);
  return json;
}

Json breakdown_json(const std::vector<Component>& breakdown) {
  Json array = Json::array();
  for (const auto& part : breakdown)
    array.push_back({{"component", part.component},
                     {"gb", to_gib(part.held)},
                     {"basis", name_of(part.basis)},
                     {"detail", part.detail}});
  return array;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json array = Json::array();
  for (const auto& finding : findings)
    array.push_back({{"id", finding.id},
                     {"severity", name_of(finding.severity)},
                     {"title", finding.title},
                     {"explanation", finding.explanation},
                     {"confidence", clamp01(finding.confidence)},
                     {"evidence", json_of(finding.evidence)}});
  return array;
}

Json saving_json(const std::optional<Saving>& saves) {
  if (!saves) return nullptr;
  return {{"low", to_gib(saves->low)},
          {"likely", to_gib(saves->likely)},
          {"high", to_gib(saves->high)},
          {"basis", name_of(saves->basis)}};
}

Json learned_json(const MemoryModel& model) {
  Json array = Json::array();
  for (const auto& [id, job, run] : model.learned_from)
    array.push_back({{"job", job}, {"run", run}});
  return array;
}

Json plan_json(const Analysis& analysis) {
  const auto& plan = analysis.plan;
  if (!plan) return nullptr;
  Json json{{"recommendations", plan->recommendations},
            {"predicted_peak_gb", to_gib(to_bytes(plan->peak.likely))},
            {"predicted_peak_low_gb", to_gib(to_bytes(plan->peak.low))},
            {"predicted_peak_high_gb", to_gib(to_bytes(plan->peak.high))},
            {"target_gb", to_gib(plan->target)},
            {"fits", plan->fits},
            {"cost", plan->cost},
            {"changes", changes_json(plan->changes)}};
  if (analysis.model && !analysis.model->learned_from.empty())
    json["learned_from"] = learned_json(*analysis.model);
  return json;
}

Json details_json(const std::string& text) {
  if (text.empty()) return nullptr;
  bool too_deep = false;
  const auto callback = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepestDetails;
    return !too_deep;
  };
  auto details = Json::parse(text, callback, false);
  return too_deep || details.is_discarded() ? Json(text) : details;
}

Json check_json(const std::optional<PredictionCheck>& check) {
  if (!check) return nullptr;
  return {{"predicted_peak_gb", to_gib(check->likely)},
          {"predicted_peak_low_gb", to_gib(check->low)},
          {"predicted_peak_high_gb", to_gib(check->high)},
          {"actual_peak_gb", to_gib(check->actual)},
          {"actual_is_at_least", check->at_least},
          {"error_fraction", check->error_fraction()},
          {"within", check->within()},
          {"source", check->source},
          {"job", check->job},
          {"run", check->run},
          {"made_at", json_of(check->made_at)},
          {"changes", details_json(check->changes)},
          {"other_changes", check->other_changes}};
}

Json left_out_json(const std::vector<LeftOut>& left_out) {
  Json array = Json::array();
  for (const auto& one : left_out) array.push_back({{"id", one.id}, {"why", one.why}});
  return array;
}

Json recommendations_json(const std::vector<Recommendation>& recommendations) {
  Json array = Json::array();
  for (const auto& advice : recommendations)
    array.push_back({{"id", advice.id},
                     {"severity", name_of(advice.severity)},
                     {"priority", advice.priority},
                     {"title", advice.title},
                     {"action", advice.action},
                     {"impact", advice.impact},
                     {"config_path", json_of(advice.config_path)},
                     {"current_value", json_of(advice.current_value)},
                     {"recommended_value", json_of(advice.recommended_value)},
                     {"saves_gb", saving_json(advice.saves)},
                     {"predicted_peak_gb", json_of(advice.predicted_peak)},
                     {"predicted_peak_low_gb", json_of(advice.predicted_peak_low)},
                     {"predicted_peak_high_gb", json_of(advice.predicted_peak_high)},
                     {"cost", advice.cost},
                     {"finding", advice.finding.empty() ? Json(nullptr) : Json(advice.finding)},
                     {"evidence", json_of(advice.evidence)},
                     {"changes", changes_json(advice.changes)}});
  return array;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json log_error_json(const LogError& error) {
  const auto& said = error.said;
  Json entry{{"timestamp", json_of(said.unix_seconds)}, {"level", name_of(said.severity)}};
  if (!said.category.empty()) entry["category"] = said.category;
  entry["message"] = said.message;
  entry["exception"] = text_or_null(said.exception);
  entry["memory_at_time_gb"] = json_of(error.memory_at_time);
  if (said.category.empty()) return entry;  // an event's: it has no place in the output
  if (said.line) entry["line"] = *said.line;
  entry["count"] = said.count;
  entry["step"] = json_of(said.step);
  entry["traceback"] = text_or_null(said.traceback);
  entry["requested_gb"] = json_of(said.requested);
  entry["device_total_gb"] = json_of(said.device_total);
  entry["device_free_gb"] = json_of(said.device_free);
  entry["decides"] = said.decides && said.severity != LogSeverity::warning;
  return entry;
}

Json log_errors_json(const std::vector<LogError>& errors) {
  Json array = Json::array();
  for (const auto& error : errors) array.push_back(log_error_json(error));
  return array;
}

// One of several devices; the point's own columns hold their sum and mean.
Json gpus_json(const std::vector<GpuSample>& gpus) {
  Json array = Json::array();
  for (const auto& gpu : gpus) {
    Json one{{"index", gpu.device_index},
             {"memory_used_gb", json_of(gpu.memory_used)},
             {"utilization_percent", percent(gpu.utilization_ratio)}};
    if (!gpu.id.empty()) one["uid"] = gpu.id;
    array.push_back(std::move(one));
  }
  return array;
}

Json sample_json(const SampleRow& row, const LedgerBaseline& baseline, PoolKind machine) {
  Json point{{"timestamp", row.unix_seconds},
             {"used_memory_gb", json_of(row.used)},
             {"total_memory_gb", json_of(row.total)},
             {"available_memory_gb", json_of(row.available)},
             {"swap_used_gb", json_of(row.swap_used)},
             {"main_process_memory_gb", json_of(row.main_process)},
             {"worker_memory_gb", json_of(row.worker)},
             {"worker_count", json_of(row.worker_count)},
             {"gpu_memory_used_gb", json_of(row.gpu_memory_used)},
             {"gpu_utilization_percent", percent(row.gpu_utilization_ratio)},
             {"cpu_utilization_percent", percent(row.cpu_utilization_ratio)}};
  // Beside the contract's columns only what this machine has: a thousand nulls say nothing.
  const auto add = [&point](const char* key, const std::optional<Bytes>& value) {
    if (value) point[key] = to_gib(*value);
  };
  add("cgroup_working_set_gb", row.cgroup_working_set);
  add("cgroup_limit_gb", row.cgroup_limit);
  add("shm_used_gb", row.shm_used);
  add("address_space_used_gb", row.address_space_used);
  add("gpu_run_memory_gb", row.gpu_run_memory);
  add("other_tenants_gb", row.tenant_memory);
  if (row.gpus.size() > 1) point["gpus"] = gpus_json(row.gpus);
  if (const auto ledger = ledger_of(row, baseline, machine))
    point["ledger_gb"] = parts_json(*ledger);
  return point;
}

/// Everything but events and timeline, in the schema's order.
Json analysis_json(const Report& report) {
  const auto& analysis = report.analysis;
  return {{"job", job_json(report)},
          {"summary", summary_json(analysis)},
          {"breakdown", breakdown_json(analysis.breakdown)},
          {"ledger", ledger_json(analysis.ledger)},
          {"findings", findings_json(analysis.findings)},
          {"recommendations", recommendations_json(analysis.recommendations)},
          {"not_recommended", left_out_json(analysis.left_out)},
          {"plan", plan_json(analysis)},
          {"prediction_check", check_json(report.prediction_check)},
          {"log_errors", log_errors_json(report.log_errors)}};
}

// Bytes that are no UTF-8 are replaced; nothing of ours makes dump throw then.
std::string text_of(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json events_json(const std::vector<StoredEvent>& events) {
  Json array = Json::array();
  for (const auto& [event, used] : events)
    array.push_back({{"timestamp", finite_or_zero(event.unix_seconds)},
                     {"type", event.type},
                     {"details", details_json(event.details)},
                     {"used_memory_gb", json_of(used)}});
  return array;
}

Json timeline_json(const std::vector<SampleRow>& rows, const LedgerBaseline& baseline,
                   PoolKind machine) {
  Json array = Json::array();
  for (const auto& row : rows)
    if (std::isfinite(row.unix_seconds)) array.push_back(sample_json(row, baseline, machine));
  return array;
}

std::string report_json(const Report& report, int indent) {
  auto answer = analysis_json(report);
  answer["events"] = events_json(report.events);
  answer["metrics_timeline"] =
      timeline_json(report.timeline, report.analysis.facts.baseline, report.analysis.facts.machine);
  return text_of(answer, indent);
}

StoredReport to_stored(const Report& report, double created_at) {
  const auto& analysis = report.analysis;
  StoredReport stored;
  stored.created_at = created_at;
  stored.summary = text_of(summary_json(analysis));
  stored.recommendations = text_of(recommendations_json(analysis.recommendations));
  stored.log_errors = text_of(log_errors_json(report.log_errors));
  if (analysis.summary.limiting_pool)
    stored.peak_memory_gb = to_gib(analysis.summary.limiting_pool->peak);
  stored.health_score = name_of(analysis.summary.health);
  stored.analysis = with_maker(text_of(analysis_json(report)));
  stored.model = model_left_by(report);
  stored.predictions = predictions_of(analysis, created_at);
  return stored;
}

}  // namespace tidemark
