// The trainer's birth: a process group of its own, held before its exec.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "launcher/launcher.h"
#include "launcher/signals.h"
#include "os/unique_fd.h"

namespace tidemark {

/// Descriptors the trainer is to have: (ours, the number it has there).
using DescriptorMoves = std::vector<std::pair<int, int>>;

struct HeldChild {
  pid_t pid = 0;         // also its process group
  UniqueFd gate;         // see release
  UniqueFd exec_report;  // see read_exec_report; readable when exec succeeded or failed
};

/// Forks. The child waits at the gate with all signals blocked; if this process dies first, so does
/// the child.
Result<HeldChild> hold_child(const LaunchRequest& request, const DescriptorMoves& moves,
                             const SignalState& signals_before);

/// What can be added to a held child's environment: this many variables, this much text.
inline constexpr std::size_t kMostLateVariables = 8;
inline constexpr std::size_t kMostLateBytes = 8192;

/// Lets it exec, with its signals as they were before the launcher, and with `environment`
/// (NAME=value) in place of what those names were. What exceeds the two bounds is left out.
void release(HeldChild& child, std::span<const std::string> environment = {});

/// errno of a failed exec; 0 when it succeeded or the child died before it.
int read_exec_report(const HeldChild& child);

/// The environment of this process, with `extra` (NAME=value) in place of what those names were.
std::vector<std::string> environment_with(std::span<const std::string> extra, char** environment);

}  // namespace tidemark
