// What a job may set about its monitoring (`config.process[0].monitoring`), with the defaults.
#pragma once

#include <cstdint>

namespace tidemark {

struct MonitoringSettings {
  bool enabled = true;
  double sample_interval_seconds = 5.0;
  bool track_per_process = true;
  bool analyze_on_complete = true;
  double memory_warning_ratio = 0.85;      // memory_warning_threshold
  double memory_critical_ratio = 0.95;     // memory_critical_threshold
  std::int64_t performance_log_every = 0;  // 0: keep every step that a log gives
  friend bool operator==(const MonitoringSettings&, const MonitoringSettings&) = default;
};

}  // namespace tidemark
