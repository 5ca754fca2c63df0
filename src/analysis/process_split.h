// What the trainer's own memory (its main process, or its tensors on a device) consists of at the
// peak. Private to analysis.
#pragma once

#include <string_view>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// In place of the component that the trained tensors are in (`main_process`, `gpu_tensors` or
/// `gpu_memory`) what it consists of; the sum stays what it was, and what cannot be told apart
/// keeps the name. Largest first, `unattributed` last.
std::vector<Component> split_holders(const RunFacts& facts, const RunComponents& parts,
                                     std::vector<Component> holders);

}  // namespace tidemark
