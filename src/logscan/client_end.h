// ai-toolkit's word on how a job's process ended.
#pragma once

#include <optional>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

/// A line that only ai-toolkit's worker writes, whole.
std::optional<ClientEnd> parse_client_end(std::string_view line);

}  // namespace tidemark
