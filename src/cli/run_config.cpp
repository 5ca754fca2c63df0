#include "cli/run_config.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

/// Only of a file that can be read as a config: devices, folders and what is too large are not.
std::optional<std::string> text_of(const std::filesystem::path& file) {
  if (!JobConfig::load(file)) return std::nullopt;
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  return std::move(text).str();
}

}  // namespace

Result<ConfigText> config_text_of(const RunInfo& info) {
  if (!info.config_path.empty()) {
    const std::filesystem::path path{info.config_path};
    const auto file = path.is_relative() ? info.working_directory / path : path;
    if (auto text = text_of(file)) return ConfigText{file.string(), std::move(*text)};
  }
  if (info.config_json.empty())
    return fail(Errc::not_found,
                "no config is known of this run: start it with --config FILE, or name it on the "
                "trainer's command line");
  if (info.config_json.contains("[redacted]"))
    return fail(
        Errc::not_found,
        fmt::format("the config file {} is not there any more, and secrets are masked in the "
                    "stored copy: put the file back",
                    info.config_path.empty() ? "of this run" : info.config_path));
  return ConfigText{"the stored config", info.config_json + "\n"};
}

}  // namespace tidemark
