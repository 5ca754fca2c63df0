#include <vector>

#include "logscan/patterns/pattern.h"

namespace tidemark {

std::span<const Pattern> all_patterns() {
  static const std::vector<Pattern> patterns = [] {
    std::vector<Pattern> all;
    for (const auto family :
         {reraised_patterns, shared_memory_patterns, killed_patterns, gpu_memory_patterns,
          host_memory_patterns, disk_patterns, auth_patterns, collective_patterns,
          gpu_error_patterns, network_patterns, numerical_patterns, data_patterns,
          dependency_patterns, missing_file_patterns, config_patterns, other_patterns,
          warning_patterns}) {
      const auto patterns_of_family = family();
      all.insert(all.end(), patterns_of_family.begin(), patterns_of_family.end());
    }
    return all;
  }();
  return patterns;
}

}  // namespace tidemark
