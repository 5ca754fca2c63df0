// The body of a question about other settings. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace tidemark {

struct SettingsBody {
  std::vector<std::string> only{};   // ids of recommendations
  std::vector<SettingChange> set{};  // after theirs; paths as whole_setting_path() has them
};

/// {"only": [ID, ...], "set": {PATH: VALUE, ...}}, both optional; values are scalars. Errors:
/// invalid.
Result<SettingsBody> parse_settings_body(std::string_view text);

}  // namespace tidemark
