#include "telemetry/run.h"

#include <array>
#include <csignal>
#include <utility>

#include "telemetry/host_sample.h"
#include "telemetry/sample_row.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 8> kExitNames{
    "none", "completed", "error", "oom_exception", "oom_killed", "signal", "stopped", "unknown"};
constexpr std::array<std::string_view, 5> kStatusNames{"running", "completed", "failed", "stopped",
                                                       "unknown"};

// The numbers of this system (signal(7)): a run is read where it was recorded.
constexpr std::array<std::pair<std::int32_t, std::string_view>, 18> kSignalNames{
    {{SIGHUP, "SIGHUP"},
     {SIGINT, "SIGINT"},
     {SIGQUIT, "SIGQUIT"},
     {SIGILL, "SIGILL"},
     {SIGTRAP, "SIGTRAP"},
     {SIGABRT, "SIGABRT"},
     {SIGBUS, "SIGBUS"},
     {SIGFPE, "SIGFPE"},
     {SIGKILL, "SIGKILL"},
     {SIGUSR1, "SIGUSR1"},
     {SIGSEGV, "SIGSEGV"},
     {SIGUSR2, "SIGUSR2"},
     {SIGPIPE, "SIGPIPE"},
     {SIGALRM, "SIGALRM"},
     {SIGTERM, "SIGTERM"},
     {SIGXCPU, "SIGXCPU"},
     {SIGXFSZ, "SIGXFSZ"},
     {SIGSYS, "SIGSYS"}}};

template <class Enum, std::size_t N>
std::optional<Enum> enum_from(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

void add(std::optional<Bytes>& sum, std::optional<Bytes> part) {
  if (part) sum = sum.value_or(Bytes{}) + *part;
}

PssBasis weakest(PssBasis a, PssBasis b) {
  if (a == PssBasis::none || b == PssBasis::none) return PssBasis::none;
  if (a == PssBasis::pending || b == PssBasis::pending) return PssBasis::pending;
  return a == PssBasis::scaled || b == PssBasis::scaled ? PssBasis::scaled : PssBasis::measured;
}

}  // namespace

std::string_view name_of(ExitKind kind) {
  return kExitNames[std::to_underlying(kind)];
}
std::optional<ExitKind> exit_kind_from(std::string_view name) {
  return enum_from<ExitKind>(kExitNames, name);
}

std::string_view name_of(RunStatus status) {
  return kStatusNames[std::to_underlying(status)];
}
std::optional<RunStatus> run_status_from(std::string_view name) {
  return enum_from<RunStatus>(kStatusNames, name);
}

std::string_view name_of(SampleCause cause) {
  constexpr std::array<std::string_view, 4> kNames{"tick", "climb", "event", "oom_report"};
  return kNames[std::to_underlying(cause)];
}

RunStatus status_of(ExitKind kind) {
  switch (kind) {
    case ExitKind::none:
      return RunStatus::running;
    case ExitKind::completed:
      return RunStatus::completed;
    case ExitKind::stopped:
      return RunStatus::stopped;
    case ExitKind::unknown:
      return RunStatus::unknown;
    case ExitKind::error:
    case ExitKind::oom_exception:
    case ExitKind::oom_killed:
    case ExitKind::signal:
      return RunStatus::failed;
  }
  return RunStatus::unknown;
}

std::string signal_name(std::int32_t signal) {
  for (const auto& [number, name] : kSignalNames)
    if (number == signal) return std::string{name};
  return "signal " + std::to_string(signal);
}

ProcessTotals total_processes(const std::vector<ProcessSample>& processes) {
  ProcessTotals totals;
  totals.basis = PssBasis::measured;
  bool worker_unread = false;
  for (const auto& process : processes) {
    const auto held = process.pss ? process.pss : process.rss;
    totals.basis = weakest(totals.basis, process.pss_basis);
    switch (process.role) {
      case ProcessRole::main:
        add(totals.main_pss, held);
        add(totals.main_rss, process.rss);
        break;
      case ProcessRole::worker:
        add(totals.worker_pss, held);
        add(totals.worker_uss, process.uss);
        add(totals.worker_rss, process.rss);
        worker_unread = worker_unread || process.pss_basis == PssBasis::pending;
        ++totals.worker_count;
        break;
      case ProcessRole::child:
        add(totals.child_pss, held);
        ++totals.child_count;
        break;
    }
  }
  // A worker's RSS would count the trainer's pages once more: until its PSS is read the sum is
  // unknown. Where PSS is never to be had, RSS is shown and marked (PssBasis::none).
  if (worker_unread) totals.worker_pss.reset();
  return totals;
}

}  // namespace tidemark
