#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/log_dating.h"
#include "cli/terminal_output.h"
#include "logscan/logscan.h"
#include "os/unique_fd.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json gb_or_null(const std::optional<Bytes>& size) {
  return size ? Json(to_gib(*size)) : Json(nullptr);
}
Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json json_of(const LogFinding& finding, const FindingTime& time) {
  return {{"category", std::string{name_of(finding.category)}},
          {"level", std::string{name_of(finding.level)}},
          {"message", finding.message},
          {"exception", text_or_null(finding.exception)},
          {"traceback", text_or_null(finding.traceback)},
          {"chain", finding.chain},
          {"requested_gb", gb_or_null(finding.figures.requested)},
          {"device_total_gb", gb_or_null(finding.figures.device_total)},
          {"device_free_gb", gb_or_null(finding.figures.device_free)},
          {"allocated_gb", gb_or_null(finding.figures.allocated)},
          {"reserved_gb", gb_or_null(finding.figures.reserved)},
          {"worker_pid", or_null(finding.worker_pid)},
          {"timestamp", or_null(time.unix_seconds)},
          {"memory_at_time_gb", gb_or_null(time.memory)},
          {"elapsed_seconds", or_null(finding.first.elapsed_seconds)},
          {"line", finding.first.line},
          {"byte_offset", finding.first.byte_offset},
          {"step", or_null(finding.first.step)},
          {"count", finding.count},
          {"last_line", finding.last.line},
          {"last_step", or_null(finding.last.step)}};
}

Json json_of(const LogSummary& summary, const std::vector<FindingTime>& times) {
  Json primary = {{"category", std::string{name_of(summary.primary)}},
                  {"level", std::string{name_of(summary.level)}}};
  if (summary.deciding) {
    primary["finding"] = *summary.deciding;
    const auto i = *summary.deciding;
    const Json deciding = json_of(summary.findings[i], times[i]);
    for (const auto* key : {"message", "exception", "traceback", "requested_gb", "device_total_gb",
                            "device_free_gb", "worker_pid", "line", "step"})
      primary[key] = deciding[key];
  }
  Json errors = Json::array();
  for (std::size_t i = 0; i < times.size(); ++i)
    errors.push_back(json_of(summary.findings[i], times[i]));
  return {{"primary", primary},
          {"log_errors", errors},
          {"log_errors_left_out", summary.findings_left_out},
          {"last_step", or_null(summary.last_step)},
          {"total_steps", or_null(summary.total_steps)},
          {"last_loss", or_null(summary.last_loss)},
          {"last_learning_rate", or_null(summary.last_learning_rate)},
          {"seconds_per_step", or_null(summary.seconds_per_step)},
          {"worker_pid", or_null(summary.worker_pid)},
          {"skipped_batches", summary.skipped_batches},
          {"traceback", summary.has_traceback},
          {"stopped_by_client", summary.stopped_by_client},
          {"utf16", summary.utf16},
          {"bytes", summary.bytes},
          {"lines", summary.lines}};
}

std::string step_text(const std::optional<std::int64_t>& step,
                      const std::optional<std::int64_t>& total) {
  if (!step) return "no training steps seen";
  return total ? fmt::format("step {} of {}", *step, *total) : fmt::format("step {}", *step);
}

std::string local_time_text(double unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  std::array<char, 32> text{};
  if (::localtime_r(&seconds, &local) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), ", %F %T", &local)};
}

std::string place_text(const LogFinding& finding, const FindingTime& time) {
  std::string text = fmt::format("line {}", finding.first.line);
  if (finding.first.step) text += fmt::format(", step {}", *finding.first.step);
  if (time.unix_seconds) text += local_time_text(*time.unix_seconds);
  if (time.memory) text += fmt::format(", {} of memory in use", format_bytes(*time.memory));
  if (finding.count > 1)
    text += fmt::format(", {} times, last at line {}", finding.count, finding.last.line);
  return text;
}

std::string sizes_text(const MemoryFigures& figures) {
  std::string text;
  const auto add = [&text](const char* what, const std::optional<Bytes>& size) {
    if (size) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, format_bytes(*size));
  };
  add("requested", figures.requested);
  add("device", figures.device_total);
  add("free", figures.device_free);
  add("allocated", figures.allocated);
  add("reserved", figures.reserved);
  return text;
}

void print_finding(const LogFinding& finding, const FindingTime& time, bool decides) {
  constexpr std::size_t kWidest = 160;
  fmt::print("{} {:<8} {:<16} {}\n", decides ? '>' : ' ', name_of(finding.level),
             name_of(finding.category), place_text(finding, time));
  const std::string exception = finding.exception.empty() ? "" : finding.exception + ": ";
  fmt::print("    {}\n", printable(exception + finding.message, kWidest));
  if (const auto sizes = sizes_text(finding.figures); !sizes.empty()) fmt::print("    {}\n", sizes);
}

void print_text(const LogSummary& summary, const std::vector<FindingTime>& times) {
  fmt::print("{} ({}), {}\n", name_of(summary.primary), name_of(summary.level),
             step_text(summary.last_step, summary.total_steps));
  if (summary.skipped_batches > 0)
    fmt::print("{} batches were skipped after out-of-memory errors\n", summary.skipped_batches);
  if (summary.stopped_by_client) fmt::print("stopped by the user\n");
  if (summary.utf16) fmt::print("the log is UTF-16\n");
  for (std::size_t i = 0; i < summary.findings.size(); ++i)
    print_finding(summary.findings[i], times[i], summary.deciding == i);
  if (summary.findings_left_out > 0)
    fmt::print("{} more findings left out\n", summary.findings_left_out);
}

Result<UniqueFd> open_log(const std::string& file) {
  if (file == "-") return UniqueFd{::dup(STDIN_FILENO)};
  UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (fd.get() < 0)
    return fail(errno == EACCES   ? Errc::permission
                : errno == ENOENT ? Errc::not_found
                                  : Errc::io,
                fmt::format("{}: {}", file, std::strerror(errno)));
  struct stat status{};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode))
    return fail(Errc::invalid, file + ": is a directory; name the log file in it");
  return fd;
}

Result<LogSummary> read_log(const UniqueFd& fd, const std::string& file) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;  // stays in the cache
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  LogReader reader{local.tm_gmtoff};
  const auto piece = std::make_unique<std::array<char, kPiece>>();
  while (true) {
    const ssize_t got = ::read(fd.get(), piece->data(), piece->size());
    if (got == 0) return reader.summary();
    if (got > 0) {
      reader.feed({piece->data(), static_cast<std::size_t>(got)});
    } else if (errno != EINTR) {
      return fail(Errc::io, fmt::format("{}: {}", file, std::strerror(errno)));
    }
  }
}

}  // namespace

int log_command(const LogOptions& options) {
  const auto fd = open_log(options.file);
  if (!fd) return fail_with(fd.error());
  const auto summary = read_log(*fd, options.file == "-" ? "standard input" : options.file);
  if (!summary) return fail_with(summary.error());
  const auto times = options.job.empty() ? Result<std::vector<FindingTime>>{times_in(*summary)}
                                         : date_findings(*summary, options.job, options.database);
  if (!times) return fail_with(times.error());
  if (options.json)
    fmt::print("{}\n",
               json_of(*summary, *times).dump(2, ' ', false, Json::error_handler_t::replace));
  else
    print_text(*summary, *times);
  return 0;
}

}  // namespace tidemark
