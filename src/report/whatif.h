// The peak under other settings, by the model of a run that was analysed. Pure. Part of the face
// (report.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

struct Report;

/// A setting that can be turned, and whether turning it alone moves the predicted peak.
struct WhatifSetting {
  AdjustableSetting setting{};
  bool moves_peak = false;
};

struct Whatif {
  std::string job_name{};  // of the run whose model answers
  std::int64_t run = 1;
  std::vector<SettingChange> changes{};
  std::vector<ConfigValue> current{};  // of each change: what the run had
  PoolPeak pool{};                     // as it was
  Prediction then{};
  std::vector<std::pair<std::string, Bytes>> breakdown{};  // component and what it would hold
  Bytes target{};                                          // that the plan aims at
  std::vector<LearnedFrom> learned_from{};  // runs beside it, and that as a sentence's end
  std::string learned{};
  Recipe settings{};                        // with the changes
  std::vector<std::string> not_known{};     // sentences
  std::vector<WhatifSetting> adjustable{};  // as the run had them

  /// The high end of the predicted peak is under the target.
  bool fits() const { return then.peak.high <= static_cast<double>(target.count); }
};

/// A path as the config has it: "train.batch_size" is short for the first process's.
std::string whole_setting_path(std::string path);

/// What `changes`, in their order, make of the run's peak. `recipe`: of another config than the
/// run's, asked of its model. Errors: not_found (the run has no model: no config of a known client,
/// no pool with a limit), invalid (a path without a known effect on memory, or a value of another
/// kind).
Result<Whatif> ask_whatif(const Report& report, std::vector<SettingChange> changes,
                          const std::optional<Recipe>& recipe = std::nullopt);

/// `indent` below 0: one line.
std::string whatif_json(const Whatif& answer, int indent = -1);
std::string whatif_text(const Whatif& answer);

}  // namespace tidemark
