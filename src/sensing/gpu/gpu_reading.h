// One device as its source sees it, before it is known what of it is the run's. Kept by the source
// from one reading to the next, so that a reading allocates nothing new.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "sensing/sensing.h"
#include "telemetry/gpu_sample.h"

namespace tidemark {

struct GpuProcessReading {
  std::int32_t pid = 0;
  std::optional<Bytes> memory{};
};

enum class GpuVendor : std::uint8_t { nvidia, amd };

struct GpuReading {
  GpuVendor vendor = GpuVendor::nvidia;
  std::int32_t index = 0;
  std::string id{};      // UUID; the PCI address where there is none
  std::string bus_id{};  // "0000:01:00.0"
  std::string name{};
  bool is_mig = false;   // a slice of the GPU that has this index
  std::string source{};  // "NVML", "nvidia-smi", "amdgpu"
  std::optional<Bytes> used{};
  std::optional<Bytes> total{};
  std::optional<Bytes> reserved{};
  std::optional<Bytes> held{};             // where it is not the sum over `processes`
  std::optional<Bytes> carve_out_total{};  // of an APU: outside MemTotal
  std::optional<Bytes> carve_out_used{};
  std::optional<double> utilization_ratio{};
  std::optional<std::vector<GpuProcessReading>> processes{};  // absent: no list is to be had
  bool lists_all = true;  // `processes` are everybody's, not the run's alone
  MemoryDomain domain = MemoryDomain::unknown;
  std::string domain_evidence{};
  std::vector<GpuAbsence> absences{};  // what has no value now, and why
};

/// Notes why `what` has no value; an empty `why` takes the note away.
inline void set_absence(GpuReading& reading, std::string_view what, std::string_view why) {
  const auto known = std::ranges::find(reading.absences, what, &GpuAbsence::what);
  if (known == reading.absences.end()) {
    if (!why.empty()) reading.absences.push_back({std::string{what}, std::string{why}});
  } else if (why.empty()) {
    reading.absences.erase(known);
  } else {
    known->why = why;
  }
}

}  // namespace tidemark
