// Parts of the contract's answer that more than one answer has. Private to report.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.h"
#include "store/store.h"
#include "telemetry/settings.h"

namespace tidemark {

/// Shares of a limit, under the names that the config gives them.
inline void add_thresholds(nlohmann::ordered_json& json, const MonitoringSettings& settings) {
  json["memory_warning_threshold"] = settings.memory_warning_ratio;
  json["memory_critical_threshold"] = settings.memory_critical_ratio;
}

/// The analysis as it is stored: with a first field that says which code made it.
std::string with_maker(std::string_view analysis);

nlohmann::ordered_json events_json(const std::vector<StoredEvent>& events);

/// `machine`: host or unified, as the whole run showed it.
nlohmann::ordered_json timeline_json(const std::vector<SampleRow>& rows,
                                     const LedgerBaseline& baseline, PoolKind machine);

}  // namespace tidemark
