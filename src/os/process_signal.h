// A signal to one process, never to another that has its pid by now.
#pragma once

#include "core/result.h"
#include "os/host_root.h"
#include "telemetry/process_sample.h"

namespace tidemark {

/// Errors: gone (it has ended), permission, unsupported (a recorded tree has no processes), io.
Result<void> signal_process(const HostRoot& host, ProcessIdentity id, int signal);

}  // namespace tidemark
