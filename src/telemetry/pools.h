// The memories of one sample that have a limit and can run out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "telemetry/sample_row.h"

namespace tidemark {

enum class PoolKind : std::uint8_t { host, unified, gpu, cgroup, process, shm };
std::string_view name_of(PoolKind kind);

/// A pool in one sample.
struct PoolUse {
  PoolKind kind = PoolKind::host;
  std::string name{};                   // for people: "machine memory", "container limit", ...
  Bytes used{};                         // the working set; never negative
  Bytes limit{};                        // always positive
  std::optional<std::int64_t> index{};  // of a GPU, as its driver counts
  std::string device_uid{};             // of a GPU, where it is stored: MIG slices share an index
  std::string device_name{};            // of a GPU, where it is stored
  double fraction() const { return ratio(used, limit); }
};

/// Every pool that a sample shows with both its use and its limit.
std::vector<PoolUse> pools_of(const SampleRow& sample);

}  // namespace tidemark
