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

Liveness liveness_of(const StoredRun& run, const HostRoot& host) {
  if (run.end) return Liveness::ended;
  const auto here = read_host_identity(host);
  if (!run.info.host.empty() && run.info.host != here.name) return Liveness::elsewhere;
  if (run.info.boot_id != here.boot_id) return Liveness::lost;
  if (lives(run.info.monitor, host)) return Liveness::recording;
  return lives(run.info.process, host) ? Liveness::unwatched : Liveness::lost;
}

RunStatus status_of(const StoredRun& run, const HostRoot& host) {
  switch (liveness_of(run, host)) {
    case Liveness::ended: return status_of(run.end->exit.kind);
    case Liveness::recording:
    case Liveness::unwatched: return RunStatus::running;
    case Liveness::lost:
    case Liveness::elsewhere: return RunStatus::unknown;
  }
  return RunStatus::unknown;
}

}  // namespace tidemark
