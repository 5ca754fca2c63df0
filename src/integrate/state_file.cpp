#include "integrate/state_file.h"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

Error not_ours() {
  return {Errc::malformed,
          "is not what this version of Tidemark writes; undo with the version that did, or remove "
          "the file after undoing by hand"};
}

}  // namespace

std::filesystem::path state_file_of(const std::filesystem::path& checkout) {
  return checkout / ".tidemark" / "state.json";
}

Result<IntegrationState> parse_state(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("version", 0) != kVersion) return std::unexpected(not_ours());
  try {
    return IntegrationState{.separate_database = json.at("separate_database").get<bool>(),
                            .files = json.at("files").get<std::map<std::string, std::string>>(),
                            .folders = json.at("folders").get<std::set<std::string>>()};
  } catch (const Json::exception&) {
    return std::unexpected(not_ours());
  }
}

std::string state_text(const IntegrationState& state) {
  const Json json{{"version", kVersion},
                  {"separate_database", state.separate_database},
                  {"files", state.files},
                  {"folders", state.folders}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

IntegrationState either_state(const IntegrationState& earlier, const IntegrationState& later) {
  auto either = later;
  for (const auto& [path, known] : earlier.files) {
    auto& both = either.files[path];
    if (both.empty())
      both = known;
    else if (!is_known(known, both))
      both = known + ' ' + both;
  }
  either.folders.insert(earlier.folders.begin(), earlier.folders.end());
  return either;
}

bool is_known(std::string_view known, std::string_view fingerprint) {
  while (!known.empty()) {
    const auto end = std::min(known.find(' '), known.size());
    if (known.substr(0, end) == fingerprint) return true;
    known.remove_prefix(std::min(end + 1, known.size()));
  }
  return false;
}

// FNV-1a, 64 bits, and the size: against an edit by hand, not against malice.
std::string fingerprint(std::string_view content) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : content) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3U;
  }
  return fmt::format("{:016x}-{}", hash, content.size());
}

}  // namespace tidemark
