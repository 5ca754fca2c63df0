// What of a row's single processes, devices and tenants is kept. Pure.
#pragma once

#include <optional>
#include <vector>

#include "telemetry/host_sample.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// Leaves the sums, and of the counters those whose rate matters between two samples: the totals of
/// pressure and faults lose nothing by standing with every twelfth row. Slices of one GPU share its
/// index: their UUIDs stay, or they could not be told apart.
void drop_details(SampleRow& row);

/// `track_per_process: false`: what the processes beside the trainer hold is not known, which is
/// not nothing, and no row tells of a single process.
void forget_processes(SampleRow& row);

/// The list of tenants stands with the first row after a scan that found something new; the sums
/// stand with every row.
class TenantThinning {
 public:
  void thin(SampleRow& row, const std::optional<TenantScan>& scan);

 private:
  std::optional<BootTime> scanned_at_{};  // the latest scan that a row was built from
  std::vector<Tenant> kept_{};            // as they were last kept
};

}  // namespace tidemark
