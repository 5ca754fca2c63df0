// The machine's memory as a sum: what a sample showed in use, divided among who holds it, the rest
// named and kept. Derived when it is read, from what is stored. Part of the face (analysis.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/exit_classifier.h"
#include "core/bytes.h"
#include "telemetry/sample_row.h"

namespace tidemark {

struct LedgerPart {
  std::string_view part{};  // one of kLedgerParts
  Bytes held{};             // negative in `counted_twice` alone
};

/// In their order. `counted_twice` is there only where the parts overlap and come to more than what
/// is used (files that processes map are PSS and not in use; shared pages between a tenant and the
/// run): it is negative, so that the sum holds all the same.
inline constexpr std::string_view kLedgerParts[] = {
    "main_process",    "dataloader_workers", "child_processes", "gpu_memory",   "shm_and_pinned",
    "other_processes", "system_baseline",    "unattributed",    "counted_twice"};

/// `used` is exactly the sum of the parts.
struct Ledger {
  double at = 0;  // unix seconds
  PoolKind kind = PoolKind::host;
  Bytes used{};
  std::optional<Bytes> limit{};
  std::vector<LedgerPart> parts{};  // those that are not zero
};

/// What the first samples of a run say of the machine before it grew.
struct LedgerBaseline {
  std::optional<Bytes> system{};  // used by neither the run nor what the ledger names otherwise
  std::optional<Bytes> shm{};     // files in /dev/shm that were there already
  std::optional<Bytes> gpu{};     // held through GPUs in the machine's RAM, by whomever
  std::optional<Bytes> tenants{}, tenants_in_cgroup{};  // at the first scan
};

/// Samples in time order; each field keeps its first value.
void learn_baseline(LedgerBaseline& baseline, const SampleRow& sample);

/// `kind`: host or unified, as the whole run showed it. Absent: the sample has no `used`.
std::optional<Ledger> ledger_of(const SampleRow& sample, const LedgerBaseline& baseline,
                                PoolKind kind);

}  // namespace tidemark
