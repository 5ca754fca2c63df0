// What came into a run since it was last looked at.
#include <nlohmann/json.hpp>

#include "report/contract_parts.h"
#include "report/report.h"
#include "report/series_columns.h"
#include "report/timeline.h"

namespace tidemark {

Result<LiveRows> live_rows(Store& store, const RunKey& run, const RowMark& after,
                           std::size_t points) {
  const auto last = store.row_mark();
  if (!last) return std::unexpected(last.error());
  TimelineThinner samples{points};
  StepThinner steps{points};
  std::vector<StoredEvent> events;
  const auto read = store.for_each_row_between(
      run, after, *last,
      {.sample = [&](const SampleRow& row) { samples.add(row); },
       .step = [&](const StepRecord& step) { steps.add(step); },
       .event = [&](const StoredEvent& event) { events.push_back(event); }});
  if (!read) return std::unexpected(read.error());
  LiveRows live{.mark = *last};
  if (const auto rows = std::move(samples).finish(); !rows.empty())
    live.samples = columns_json(rows);
  if (const auto rows = std::move(steps).finish(); !rows.empty()) live.steps = columns_json(rows);
  if (!events.empty())
    live.events =
        events_json(events).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return live;
}

}  // namespace tidemark
