// Two runs side by side. Pure. Part of the face (report.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

struct Report;

/// One of the two runs.
struct ComparedRun {
  std::string job_id{}, job_name{};
  std::int64_t run = 1;
  RunStatus status = RunStatus::unknown;
  std::string host{};
  Summary summary{};
  std::optional<double> seconds_per_step{};  // mean of the steps whose time was told
  std::optional<double> data_wait_share{};   // of the time of the steps whose wait was told
  MonitoringSettings settings{};             // its thresholds
};

/// What both have a value of, or only one: then the other's is absent.
struct SettingPair {
  std::string path{};
  std::optional<ConfigValue> a{}, b{};
};
struct VersionPair {
  std::string name{};
  std::optional<std::string> a{}, b{};
};
struct ComponentPair {
  std::string component{};
  std::optional<Bytes> a{}, b{};
};

struct RunComparison {
  ComparedRun a{}, b{};
  std::vector<SettingPair> settings{};     // those that differ, by path
  std::size_t same_settings = 0;           // that both configs write alike
  bool has_configs = false;                // of both runs; else nothing is said of settings
  std::vector<VersionPair> versions{};     // all that are known, by name
  std::vector<ComponentPair> breakdown{};  // of the peaks; the largest change first
};

/// A setting that one config does not write is compared by the client's default where that is
/// known. Versions: ours, and what events of the type `versions` tell.
RunComparison compare_runs(const Report& a, const Report& b);

/// `indent` below 0: one line.
std::string comparison_json(const RunComparison& comparison, int indent = -1);
std::string comparison_text(const RunComparison& comparison);

}  // namespace tidemark
