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
  /// That we made, below the checkout, by fingerprint; two with a blank between them while one is
  /// being put in the place of the other.
  std::map<std::string, std::string> files{};
  std::set<std::string> folders{};  // that we made, below the checkout
};

std::filesystem::path state_file_of(const std::filesystem::path& checkout);

/// Errors: malformed (it is not what we wrote, or a later version's), those of parsing.
Result<IntegrationState> parse_state(std::string_view text);
std::string state_text(const IntegrationState& state);

/// While `earlier` becomes `later`: everything that either made.
IntegrationState either_state(const IntegrationState& earlier, const IntegrationState& later);

/// Whether `known` (of `files`) has this fingerprint.
bool is_known(std::string_view known, std::string_view fingerprint);

/// Tells a file that somebody changed from one that is as we left it.
std::string fingerprint(std::string_view content);

}  // namespace tidemark
