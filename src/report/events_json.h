// Events as the contract has them. Private to report.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "store/store.h"

namespace tidemark {

nlohmann::ordered_json events_json(const std::vector<StoredEvent>& events);

}  // namespace tidemark
