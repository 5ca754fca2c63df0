// A process outside the run that holds much of the machine, or of the trainer's cgroup.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "telemetry/process_sample.h"

namespace tidemark {

struct Tenant {
  ProcessIdentity id{};
  std::string name{};                 // comm, at most 15 bytes, that program's own choice: hostile
  std::optional<Bytes> rss{};         // never add RSS over processes
  std::optional<Bytes> anon{};        // RssAnon: forked processes share some of it
  std::optional<Bytes> pss{};         // only where reading it was cheap
  std::optional<Bytes> gpu_memory{};  // over all devices; absent: no driver lists it
  bool in_cgroup = false;             // of the trainer's memory cgroup, or of one below it

  /// What it counts with in a sum: PSS, else its anonymous pages. RSS where neither is known.
  std::optional<Bytes> held() const { return pss ? pss : anon ? anon : rss; }
};

/// The largest processes outside the run at one moment, largest first, a bounded number.
struct TenantScan {
  BootTime at{};
  std::vector<Tenant> tenants{};
};

/// What the tenants hold together; those of the trainer's cgroup alone when `in_cgroup`.
inline Bytes total_held(const std::vector<Tenant>& tenants, bool in_cgroup) {
  Bytes sum;
  for (const auto& tenant : tenants)
    if (!in_cgroup || tenant.in_cgroup) sum += tenant.held().value_or(Bytes{});
  return sum;
}

}  // namespace tidemark
