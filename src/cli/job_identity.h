// How a run is called when nobody said so.
#pragma once

#include <string>
#include <vector>

namespace tidemark {

/// "train" for `python3 -u train.py x.yaml`, `accelerate launch train.py`, `python -m train`; the
/// program's own name when no script is named.
std::string name_from_command(const std::vector<std::string>& command);

}  // namespace tidemark
