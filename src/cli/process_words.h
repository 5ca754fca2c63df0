// What a running process was told when it was started: its words, and where its output goes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "monitor/monitor.h"
#include "os/host_root.h"

namespace tidemark {

/// Empty where it cannot be read.
std::vector<std::string> command_line(const HostRoot& host, pid_t pid);

/// Output that goes to a regular file can be followed from here on; a terminal or a pipe cannot be
/// read without taking its bytes away from somebody.
std::vector<OutputSource> output_files(const HostRoot& host, pid_t pid);

}  // namespace tidemark
