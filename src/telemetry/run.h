// A job, one execution of it, and how that ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "telemetry/process_sample.h"
#include "telemetry/settings.h"

namespace tidemark {

/// How a run ended; the names of job.exit.kind in analysis.schema.json.
enum class ExitKind : std::uint8_t {
  none,  // still runs
  completed,
  error,
  oom_exception,
  oom_killed,
  signal,
  stopped,
  unknown,
};
std::string_view name_of(ExitKind kind);
std::optional<ExitKind> exit_kind_from(std::string_view name);

/// job.status in analysis.schema.json.
enum class RunStatus : std::uint8_t { running, completed, failed, stopped, unknown };
std::string_view name_of(RunStatus status);
std::optional<RunStatus> run_status_from(std::string_view name);
RunStatus status_of(ExitKind kind);

struct RunExit {
  ExitKind kind = ExitKind::unknown;
  std::optional<std::int32_t> code{};    // exit code, when it exited
  std::optional<std::int32_t> signal{};  // signal number, when one ended it
  std::vector<std::string> evidence{};   // sentences for people, strongest first
};

/// "SIGKILL" for 9; "signal 42" for what has no name.
std::string signal_name(std::int32_t signal);

/// What is known of a run when it starts.
struct RunInfo {
  std::string job_id{};  // empty: find or make the job by its name
  std::string job_name{};
  std::string host{};
  std::string boot_id{};      // /proc/sys/kernel/random/boot_id: start_ticks are of this boot
  ProcessIdentity process{};  // the trainer
  ProcessIdentity monitor{};  // who records it: a run without an end whose monitor is gone is over
  std::vector<std::string> command{};
  std::string working_directory{};
  std::string config_path{};
  std::string config_json{};  // snapshot, secrets redacted; empty: none found
  MonitoringSettings settings{};
  ClockAnchor anchor{};
  std::string tidemark_version{};
};

/// What is known when it ended.
struct RunEnd {
  double unix_seconds = 0;
  RunExit exit{};
  std::optional<Bytes> main_max_rss{};          // wait4's ru_maxrss: exact, our own child only
  std::optional<double> monitor_cpu_seconds{};  // what watching cost
  std::optional<Bytes> monitor_pss{};
};

}  // namespace tidemark
