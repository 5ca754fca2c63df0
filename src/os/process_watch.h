// Knows when one process has ended, and cannot be fooled by a reused pid.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "core/result.h"
#include "os/host_root.h"
#include "os/unique_fd.h"
#include "telemetry/process_sample.h"

namespace tidemark {

/// pid with start time, read from /proc/PID/stat.
Result<ProcessIdentity> identify_process(const HostRoot& host, pid_t pid);

class ProcessWatch {
 public:
  /// Binds to the process that has this identity now: a pidfd (Linux 5.3), checked against the
  /// start time after it was opened, so that a pid reused in between is noticed (`gone`).
  static Result<ProcessWatch> open(const HostRoot& host, ProcessIdentity id);

  const ProcessIdentity& id() const { return id_; }

  /// Becomes readable when the process has ended; -1 where the kernel has no pidfd.
  int poll_fd() const { return pidfd_.get(); }

  /// True once it has ended (a zombie has ended).
  bool ended() const;

  /// True also while it is on its way out: killed and not yet gone, or giving back its memory
  /// (which can take seconds). It runs no line of its program any more.
  bool ending() const;

  /// The wait status of a process that is not our child, where the kernel keeps it for pidfds
  /// (PIDFD_GET_INFO with PIDFD_INFO_EXIT, Linux 6.15). It is there once the parent has reaped the
  /// process, which is waited for as long as `patience`. Absent elsewhere and while it lives.
  std::optional<int> wait_status(std::chrono::milliseconds patience = {}) const;

 private:
  ProcessWatch(HostRoot host, ProcessIdentity id, UniqueFd pidfd)
      : host_(std::move(host)), id_(id), pidfd_(std::move(pidfd)) {}
  HostRoot host_;
  ProcessIdentity id_;
  UniqueFd pidfd_;
};

}  // namespace tidemark
