// Every scalar of a config by its path. Private to report.
#pragma once

#include <map>
#include <string>

#include "jobconfig/jobconfig.h"

namespace tidemark {

/// Values that no path of ours names (below a key with a dot or a bracket) are left out.
std::map<std::string, ConfigValue> all_settings(const JobConfig& config);

}  // namespace tidemark
