#include <array>
#include <utility>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 20> kCategories{
    "cuda_oom",      "hip_oom",          "xpu_oom",       "mps_oom",      "host_oom",
    "host_oom_kill", "shm_exhausted",    "cuda_error",    "nccl_error",   "config_error",
    "missing_file",  "auth_error",       "network_error", "disk_full",    "data_error",
    "numerical",     "dependency_error", "other_error",   "warning_only", "none"};
constexpr std::array<std::string_view, 4> kLevels{"NONE", "WARNING", "ERROR", "CRITICAL"};

}  // namespace

std::string_view name_of(LogCategory category) {
  return kCategories[std::to_underlying(category)];
}

std::string_view name_of(LogLevel level) {
  return kLevels[std::to_underlying(level)];
}

}  // namespace tidemark
