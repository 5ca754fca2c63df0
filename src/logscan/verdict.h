// Findings -> what ended a run, as far as its output tells.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "logscan/finding_store.h"
#include "logscan/logscan.h"

namespace tidemark {

/// ai-toolkit said that it stopped.
struct ClientStop {
  std::uint64_t byte_offset = 0;
  Progress at{};
};

OutputVerdict judge_end(std::span<const Kept> findings, const Progress& at_end,
                        const std::optional<ClientStop>& stop);

}  // namespace tidemark
