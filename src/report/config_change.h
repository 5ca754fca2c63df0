// A run's config with recommended settings in it, and what that changes. Pure. Part of the face
// (report.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "report/whatif.h"

namespace tidemark {

/// A config in its own language, as whoever applies the changes has it.
struct ConfigText {
  std::string name{};  // for messages: the file's path, or "the stored config"
  std::string text{};
};

struct ConfigChange {
  ConfigText before{};
  std::string after{};
  std::string difference{};  // unified, as patch(1) reads it; empty: nothing changes
  std::vector<SettingChange> changes{};
  std::optional<Whatif> prediction{};    // absent: a change whose effect on memory is not known
  std::optional<std::string> warning{};  // the text is not the config that the run had any more
  bool has_secrets = false;              // as JobConfig::redacted_json() finds them
  bool is_json = false;                  // else YAML
};

/// The changes of the plan (`only` empty), or of the recommendations with these ids, in their
/// order. Errors: not_found (no plan, no such recommendation), invalid (a recommendation that is no
/// setting of the config).
Result<std::vector<SettingChange>> chosen_changes(const Analysis& analysis,
                                                  const std::vector<std::string>& only);

/// Of changes of one path the last counts. Errors: malformed; invalid (no config of a client that
/// is known, or a value in it that cannot be changed alone); each names the config.
Result<ConfigChange> change_config(const Report& report, ConfigText config,
                                   std::vector<SettingChange> changes);

/// {"name", "language", "config", "difference", "settings", "warning", "prediction"}; the
/// prediction as whatif_json() gives it, or null. `indent` below 0: one line.
std::string config_change_json(const ConfigChange& change, int indent = -1);

}  // namespace tidemark
