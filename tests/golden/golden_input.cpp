#include "golden/golden_input.h"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "golden/golden_devices.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

struct BytesKey {
  std::string_view key;
  std::optional<Bytes> SampleRow::* member;
};
constexpr std::array kBytesKeys{
    BytesKey{"total_gb", &SampleRow::total},
    BytesKey{"used_gb", &SampleRow::used},
    BytesKey{"available_gb", &SampleRow::available},
    BytesKey{"swap_used_gb", &SampleRow::swap_used},
    BytesKey{"main_gb", &SampleRow::main_process},
    BytesKey{"main_rss_gb", &SampleRow::main_rss},
    BytesKey{"main_peak_rss_gb", &SampleRow::main_peak_rss},
    BytesKey{"main_swap_gb", &SampleRow::main_swap},
    BytesKey{"worker_gb", &SampleRow::worker},
    BytesKey{"worker_uss_gb", &SampleRow::worker_uss},
    BytesKey{"worker_rss_gb", &SampleRow::worker_rss},
    BytesKey{"child_gb", &SampleRow::child},
    BytesKey{"cgroup_usage_gb", &SampleRow::cgroup_usage},
    BytesKey{"cgroup_working_set_gb", &SampleRow::cgroup_working_set},
    BytesKey{"cgroup_limit_gb", &SampleRow::cgroup_limit},
    BytesKey{"cgroup_peak_bound_gb", &SampleRow::cgroup_peak_bound},
    BytesKey{"cpuless_total_gb", &SampleRow::cpuless_total},
    BytesKey{"cpuless_free_gb", &SampleRow::cpuless_free},
    BytesKey{"tenants_gb", &SampleRow::tenant_memory},
    BytesKey{"main_anon_gb", &SampleRow::main_anon},
    BytesKey{"main_shmem_gb", &SampleRow::main_shmem},
    BytesKey{"shm_used_gb", &SampleRow::shm_used},
    BytesKey{"shm_total_gb", &SampleRow::shm_total},
    BytesKey{"address_space_used_gb", &SampleRow::address_space_used},
    BytesKey{"address_space_limit_gb", &SampleRow::address_space_limit},
};

struct CounterKey {
  std::string_view key;
  std::optional<std::uint64_t> SampleRow::* member;
};
constexpr std::array kCounterKeys{
    CounterKey{"cgroup_oom_kills", &SampleRow::cgroup_oom_kill_total},
    CounterKey{"cgroup_limit_hits", &SampleRow::cgroup_limit_hits_total},
    CounterKey{"host_oom_kills", &SampleRow::oom_kill_total},
    CounterKey{"swap_in_pages", &SampleRow::swap_in_pages_total},
    CounterKey{"swap_out_pages", &SampleRow::swap_out_pages_total},
};

template <class Value>
std::optional<Value> optional_at(const Json& json, std::string_view key) {
  const auto found = json.find(std::string{key});
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<Value>();
}

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error(why);
}

SampleRow sample_of(const Json& json, double start) {
  SampleRow row;
  for (const auto& [key, value] : json.items()) {
    bool known = key == "at" || key == "worker_count" || key == "pss" || key == "cpu" ||
                 key == "note" || key == "gpus" || key == "tenants";
    for (const auto& [name, member] : kBytesKeys) {
      if (name != key) continue;
      row.*member = from_gib(value.get<double>());
      known = true;
    }
    for (const auto& [name, member] : kCounterKeys) {
      if (name != key) continue;
      row.*member = value.get<std::uint64_t>();
      known = true;
    }
    if (!known) refuse("unknown key of a sample: " + key);
  }
  row.unix_seconds = start + json.at("at").get<double>();
  row.worker_count = optional_at<std::int64_t>(json, "worker_count");
  row.cpu_utilization_ratio = optional_at<double>(json, "cpu");
  add_devices(row, json);
  const auto pss = optional_at<std::string>(json, "pss").value_or("none");
  row.process_basis = pss == "measured" ? PssBasis::measured
                      : pss == "scaled" ? PssBasis::scaled
                                        : PssBasis::none;
  return row;
}

StepSource source_of(const std::string& name) {
  if (name == "hook") return StepSource::hook;
  if (name == "loss_log") return StepSource::loss_log;
  if (name == "bar") return StepSource::bar;
  refuse("unknown source of steps: " + name);
}

void add_steps(WriteGroup& group, const Json& json, double start) {
  for (const auto& stretch : json) {
    double at = start + stretch.at("at").get<double>();
    for (auto step = stretch.at("from").get<std::int64_t>();
         step <= stretch.at("to").get<std::int64_t>(); ++step) {
      group.add(StepRecord{.step = step,
                           .unix_seconds = at,
                           .loss = optional_at<double>(stretch, "loss"),
                           .batch_size = optional_at<std::int64_t>(stretch, "batch_size"),
                           .step_time_seconds = optional_at<double>(stretch, "step_time"),
                           .total_steps = optional_at<std::int64_t>(stretch, "total"),
                           .source = source_of(stretch.at("source"))});
      at += stretch.at("every").get<double>();
    }
  }
}

LogErrors log_of(const Json& json, double start) {
  LogErrors log{.reader = "990.0"};
  for (const auto& said : json) {
    LogErrorRecord error;
    const auto level = said.value("level", "error");
    error.severity = level == "critical"  ? LogSeverity::critical
                     : level == "warning" ? LogSeverity::warning
                                          : LogSeverity::error;
    error.category = said.at("category");
    error.message = said.at("message");
    error.exception = said.value("exception", "");
    if (said.contains("at")) error.unix_seconds = start + said["at"].get<double>();
    error.line = optional_at<std::int64_t>(said, "line");
    error.step = optional_at<std::int64_t>(said, "step");
    error.last_step = optional_at<std::int64_t>(said, "last_step");
    error.count = said.value("count", std::int64_t{1});
    error.decides = said.value("decides", false);
    error.skipped_batch = said.value("skipped_batch", false);
    const auto size = [&said](std::string_view key) -> std::optional<Bytes> {
      const auto gb = optional_at<double>(said, key);
      return gb ? std::optional{from_gib(*gb)} : std::nullopt;
    };
    error.requested = size("requested_gb");
    error.device_total = size("device_total_gb");
    error.device_free = size("device_free_gb");
    error.allocated = size("allocated_gb");
    error.reserved = size("reserved_gb");
    log.errors.push_back(std::move(error));
  }
  return log;
}

ExitFacts exit_facts_of(const Json& json) {
  ExitFacts facts;
  if (json.contains("code") || json.contains("signal"))
    facts.outcome = WaitOutcome{.code = optional_at<std::int32_t>(json, "code"),
                                .signal = optional_at<std::int32_t>(json, "signal"),
                                .source = json.value("source", "wait4")};
  facts.outcome_unknown_because = json.value("unknown_because", "");
  facts.signals_handed_on = json.value("signals_handed_on", std::vector<std::int32_t>{});
  facts.keyboard_interrupt = json.value("keyboard_interrupt", false);
  facts.client_stop = json.value("client_stop", false);
  facts.output_seen = json.value("output_seen", true);
  facts.kernel_log_readable = json.value("kernel_log_readable", false);
  facts.main_pid = 4242;
  facts.members = {{4242, "python3"}};
  for (int i = 0; i < json.value("workers", 0); ++i)
    facts.members.push_back({4243 + i, "pt_data_worker"});
  facts.cgroup_oom_kills = optional_at<std::uint64_t>(json, "cgroup_oom_kills");
  facts.cgroup_limit_hits = optional_at<std::uint64_t>(json, "cgroup_limit_hits");
  facts.host_oom_kills = optional_at<std::uint64_t>(json, "host_oom_kills");
  if (json.contains("exception"))
    facts.exception = SeenError{.type = json["exception"].at("type"),
                                .message = json["exception"].at("message"),
                                .out_of_memory = json["exception"].at("out_of_memory")};
  return facts;
}

RunEnd end_of(const Json& json, double start, const std::vector<SampleRow>& samples) {
  auto facts = exit_facts_of(json.at("seen"));
  for (const auto& sample : samples)
    if (sample.main_rss) facts.last_pools = pools_at_exit(sample);
  RunEnd end{.unix_seconds = start + json.at("at").get<double>(), .exit = classify_exit(facts)};
  if (const auto rss = optional_at<double>(json, "main_max_rss_gb"))
    end.main_max_rss = from_gib(*rss);
  end.monitor_cpu_seconds = optional_at<double>(json, "monitor_cpu_seconds");
  if (const auto pss = optional_at<double>(json, "monitor_pss_gb"))
    end.monitor_pss = from_gib(*pss);
  return end;
}

RunInfo info_of(const Json& json, double start) {
  const auto& job = json.at("job");
  RunInfo info;
  info.job_id = job.at("id");
  info.job_name = job.at("name");
  info.host = job.value("host", "trainbox");
  info.boot_id = "11111111-2222-3333-4444-555555555555";
  info.process = {4242, 1000};
  info.monitor = {4200, 990};
  if (job.contains("config")) info.config_json = job["config"].dump();
  info.anchor.wall = WallTime{static_cast<std::int64_t>(start) * 1'000'000'000};
  info.tidemark_version = "0.1.0";
  return info;
}

template <class Value>
Value take(Result<Value> result) {
  if (!result) refuse(result.error().message);
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

}  // namespace

Report report_of_golden_run(const std::filesystem::path& input_file,
                            const std::filesystem::path& folder) {
  std::ifstream file{input_file};
  const Json json = Json::parse(file);
  const double start = json.at("started_at");
  WriteGroup group;
  for (const auto& sample : json.value("samples", Json::array()))
    group.add(sample_of(sample, start));
  for (const auto& event : json.value("events", Json::array())) {
    const auto details = event.contains("details") ? event["details"].dump() : std::string{};
    group.add(EventRecord{.unix_seconds = start + event.at("at").get<double>(),
                          .type = event.at("type"),
                          .details = details},
              optional_at<std::size_t>(event, "sample"));
  }
  add_steps(group, json.value("steps", Json::array()), start);
  for (const auto& entry : json.value("allocators", Json::array()))
    group.add(allocator_of(entry, start));
  if (json.contains("log")) group.add(log_of(json["log"], start));
  DropCounters drops;
  drops.add(Drop::queue_full, json.value("queue_full", std::uint64_t{0}));

  auto store = take(Store::open(folder / "golden.db"));
  const auto key = take(store.begin_run(info_of(json, start)));
  take(store.write(key, group, drops));
  if (json.contains("end"))
    take(store.end_run(key, end_of(json["end"], start, group.samples), drops));
  const auto run = take(store.run(key.job_id, key.number));
  ReportOptions options;
  if (json.value("still_recorded", false)) options.unended = Unended::recording;
  return take(build_report(store, run, options));
}

}  // namespace tidemark
