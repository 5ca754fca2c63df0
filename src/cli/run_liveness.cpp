#include "cli/run_liveness.h"

#include "os/process_watch.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

bool lives(const ProcessIdentity& id, const HostRoot& host) {
  if (id.pid <= 0) return false;
  const auto watch = ProcessWatch::open(host, id);
  return watch && !watch->ended();
}

}  // namespace

std::optional<Unended> unended_state(const StoredRun& run, const HostRoot& host) {
  if (run.end) return std::nullopt;
  const auto here = read_host_identity(host);
  if (!run.info.host.empty() && run.info.host != here.name) return Unended::elsewhere;
  if (run.info.boot_id != here.boot_id) return Unended::lost;
  if (lives(run.info.monitor, host)) return Unended::recording;
  return lives(run.info.process, host) ? Unended::unwatched : Unended::lost;
}

RunStatus status_of(const StoredRun& run, const HostRoot& host) {
  const auto unended = unended_state(run, host);
  return status_of(unended ? exit_without_end(*unended).kind : run.end->exit.kind);
}

ReportOptions report_options_for(const StoredRun& run) {
  return {.unended = unended_state(run, HostRoot{}).value_or(Unended::lost)};
}

}  // namespace tidemark
