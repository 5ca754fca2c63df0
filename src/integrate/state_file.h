// What an earlier call has put into the checkout: `.tidemark/state.json` there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"

namespace tidemark {

struct IntegrationState {
  bool separate_database = false;
  std::map<std::string, std::string> files{};  // that we made, below the checkout, by fingerprint
  std::set<std::string> folders{};             // that we made, below the checkout
};

std::filesystem::path state_file_of(const std::filesystem::path& checkout);

/// Errors: malformed (it is not what we wrote, or a later version's), those of parsing.
Result<IntegrationState> parse_state(std::string_view text);
std::string state_text(const IntegrationState& state);

/// Tells a file that somebody changed from one that is as we left it.
std::string fingerprint(std::string_view content);

}  // namespace tidemark
