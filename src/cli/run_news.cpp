#include "cli/run_news.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/finish_run.h"

namespace tidemark {

Result<std::string> choose_notify_url(const std::string& option, const Environment& environment) {
  auto url = option.empty() ? environment("TIDEMARK_NOTIFY").value_or("") : option;
  if (url.empty()) return url;
  if (auto checked = check_notify_url(url); !checked) return std::unexpected(checked.error());
  return url;
}

std::optional<Notification> news_of_end(const Report& report, const std::string& name) {
  const auto& analysis = report.analysis;
  const auto status = analysis.status;
  if (status == RunStatus::running || status == RunStatus::stopped) return std::nullopt;
  const bool completed = status == RunStatus::completed;
  return Notification{.title = name + (completed ? " completed" : " died"),
                      .message = analysis.summary.verdict,
                      .event = completed ? "completed" : "died",
                      .job = name};
}

Notification news_of_critical(const EventRecord& event, const std::string& job_name) {
  const auto details = nlohmann::json::parse(event.details, nullptr, false);
  Notification news{
      .title = job_name + ": memory is critical", .event = "memory_critical", .job = job_name};
  if (!details.is_object()) return news;
  news.message = fmt::format("{} is {} full: {} of {}", details.value("pool", "memory"),
                             format_percent(details.value("fraction", 0.0)),
                             format_bytes(from_gib(details.value("used_gb", 0.0))),
                             format_bytes(from_gib(details.value("limit_gb", 0.0))));
  return news;
}

void tell_end(Notifier& notifier, Recording& recording, const RunInfo& info) {
  if (!notifier.is_on() || recording.observation.stopped_watching) return;
  if (!recording.store || !recording.run)
    return notifier.send({.title = info.job_name + " ended",
                          .message = "Nothing of it could be stored",
                          .event = "died",
                          .job = info.job_name});
  auto run = recording.store->run(recording.run->job_id, recording.run->number);
  if (!run) return;
  const auto report = build_report(*recording.store, *run, {.timeline_points = 1});
  if (!report) return;
  if (auto news = news_of_end(*report, info.job_name)) notifier.send(std::move(*news));
}

}  // namespace tidemark
