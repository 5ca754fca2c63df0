// The two parts of the contract's answer that are not stored with a report. Private to report.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "analysis/analysis.h"
#include "store/store.h"

namespace tidemark {

nlohmann::ordered_json events_json(const std::vector<StoredEvent>& events);

/// `machine`: host or unified, as the whole run showed it.
nlohmann::ordered_json timeline_json(const std::vector<SampleRow>& rows,
                                     const LedgerBaseline& baseline, PoolKind machine);

}  // namespace tidemark
