// GET /metrics: the last sample of each run that goes on, as OpenMetrics text (openmetrics.io).
#include <fmt/format.h>

#include "server/server.h"

namespace tidemark {
namespace {

/// A label's value: backslash, quote and line end are escaped, other control characters left out.
std::string label(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\' || c == '"') safe += '\\';
    if (c == '\n') safe += "\\n";
    if (static_cast<unsigned char>(c) >= 0x20) safe += c;
  }
  return safe;
}

struct Gauge {
  const char* name = nullptr;
  const char* help = nullptr;
  std::optional<double> (*value)(const SampleRow&) = nullptr;
};

template <std::optional<Bytes> SampleRow::* kMember>
std::optional<double> bytes_of(const SampleRow& row) {
  const auto& value = row.*kMember;
  return value ? std::optional{static_cast<double>(value->count)} : std::nullopt;
}

constexpr Gauge kGauges[] = {
    {"tidemark_memory_used_bytes", "Memory of the machine in use", bytes_of<&SampleRow::used>},
    {"tidemark_memory_total_bytes", "Memory of the machine", bytes_of<&SampleRow::total>},
    {"tidemark_swap_used_bytes", "Swap in use", bytes_of<&SampleRow::swap_used>},
    {"tidemark_main_process_bytes", "Memory of the trainer's main process (PSS)",
     bytes_of<&SampleRow::main_process>},
    {"tidemark_workers_bytes", "Memory of its data loader workers (PSS)",
     bytes_of<&SampleRow::worker>},
    {"tidemark_cgroup_working_set_bytes", "Working set of its cgroup",
     bytes_of<&SampleRow::cgroup_working_set>},
    {"tidemark_cgroup_limit_bytes", "Lowest memory limit over its cgroup and those above",
     bytes_of<&SampleRow::cgroup_limit>},
    {"tidemark_gpu_memory_used_bytes", "Memory in use on the run's GPUs",
     bytes_of<&SampleRow::gpu_memory_used>},
};

struct LiveRun {
  std::string labels{};
  SampleRow last{};
  std::optional<std::int64_t> step{};
};

void write_gauges(std::string& text, const std::vector<LiveRun>& runs) {
  for (const auto& gauge : kGauges) {
    text += fmt::format("# TYPE {0} gauge\n# HELP {0} {1}.\n", gauge.name, gauge.help);
    for (const auto& run : runs)
      if (const auto value = gauge.value(run.last))
        text += fmt::format("{}{{{}}} {:.0f}\n", gauge.name, run.labels, *value);
  }
  text += "# TYPE tidemark_step gauge\n# HELP tidemark_step Last step.\n";
  for (const auto& run : runs)
    if (run.step) text += fmt::format("tidemark_step{{{}}} {}\n", run.labels, *run.step);
}

}  // namespace

WebResponse Site::metrics(Store& store) const {
  const auto jobs = store.jobs();
  if (!jobs) return failure_answer(jobs.error());
  std::vector<LiveRun> live;
  for (const auto& job : *jobs) {
    if (status(job.latest) != RunStatus::running) continue;
    LiveRun run{.labels = fmt::format("job=\"{}\",name=\"{}\"", label(job.job_id), label(job.name)),
                .step = job.last_step};
    const auto read = store.last_sample(job.latest.key);
    if (!read) return failure_answer(read.error());
    if (!*read) continue;
    run.last = **read;
    live.push_back(std::move(run));
  }
  std::string text;
  write_gauges(text, live);
  text += "# EOF\n";
  WebResponse response{.type = "application/openmetrics-text; version=1.0.0; charset=utf-8"};
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

}  // namespace tidemark
