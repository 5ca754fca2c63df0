// A job of ai-toolkit's while it is watched: what its table and its loss log say.
#pragma once

#include <memory>
#include <string>

#include "clients/clients.h"
#include "monitor/monitor.h"

namespace tidemark {

class ClientConnection {
 public:
  /// `request`: of the job's process, with its command, config and folder known.
  ClientConnection(const std::string& job_table, const MonitorRequest& request, const Clock& clock);

  /// Its callbacks refer to this object.
  ClientFeed feed();

 private:
  JobTable table_;
  std::string job_id_;
  LossLogFollower loss_log_;
};

/// When a process of this machine was started, in unix seconds; `clock` says how long ago boot is.
double started_at(ProcessIdentity process, const Clock& clock);

}  // namespace tidemark
