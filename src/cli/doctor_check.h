// One line of `tidemark doctor`: what was looked at, what it offers, or why it cannot be read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sensing/sensing.h"

namespace tidemark {

enum class Verdict : std::uint8_t { good, limited, missing };

struct Check {
  std::string name;
  Verdict verdict;
  std::string text;
};

/// Every pool with its limit and its use: the machine (RAM that a GPU shares is one pool with it),
/// the cgroup, the process's own limits, /dev/shm, each GPU; then who else holds much of them.
/// `cgroup_path`: empty where none is visible.
std::vector<Check> check_pools(const HostSample& sample, const std::string& cgroup_path,
                               const GpuReport& gpus);

}  // namespace tidemark
