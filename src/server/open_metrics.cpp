// GET /metrics: the last sample of each run that goes on, as OpenMetrics text (openmetrics.io).
#include <fmt/format.h>

#include "server/server.h"

namespace tidemark {
namespace {

struct LiveRun {
  std::string labels{};
  SampleRow last{};
  std::optional<std::int64_t> step{};
};

void write_gauges(std::string& text, const std::vector<LiveRun>& runs) {
  for (const auto& gauge : sample_gauges()) {
    text += fmt::format("# TYPE {0} gauge\n# HELP {0} {1}.\n", gauge.name, gauge.help);
    for (const auto& run : runs)
      if (const auto value = gauge.value(run.last))
        text += fmt::format("{}{{{}}} {}\n", gauge.name, run.labels, gauge_text(*value));
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
    LiveRun run{.labels = fmt::format("job=\"{}\",name=\"{}\"", label_text(job.job_id),
                                      label_text(job.name)),
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
