// Which argument of a command line is the trainer's config file.
#include <algorithm>
#include <array>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

// A job's command names a handful of files; `python merge.py *.json` names thousands.
constexpr std::size_t kMostFilesTried = 32;

// What ai-toolkit looks for when the name has no ending, in its order.
constexpr std::array<std::string_view, 4> kEndings{".json", ".jsonc", ".yaml", ".yml"};
constexpr std::array<std::string_view, 8> kConfigFlags{
    "--config",      "-c",    "--config_file", "--config-file", "--config_path",
    "--config-path", "--cfg", "--conf"};

struct Candidate {
  std::string argument{};
  bool after_config_flag = false;
};

bool is_config_flag(std::string_view argument) {
  return std::ranges::find(kConfigFlags, argument) != kConfigFlags.end();
}

/// "train.yaml", the right side of "--config=train.yaml", and whether a flag says that it is a
/// config.
std::optional<Candidate> candidate_of(const std::string& argument, std::string_view before) {
  if (argument.empty()) return std::nullopt;
  if (argument.front() != '-') return Candidate{argument, is_config_flag(before)};
  const auto equals = argument.find('=');
  if (equals == std::string::npos || equals + 1 == argument.size()) return std::nullopt;
  return Candidate{argument.substr(equals + 1),
                   is_config_flag(std::string_view{argument}.substr(0, equals))};
}

bool has_config_ending(const fs::path& file) {
  return std::ranges::find(kEndings, file.extension().string()) != kEndings.end();
}

bool is_regular(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

/// The file that `argument` names. As in ai-toolkit a name may leave out its ending and the folder
/// "config".
std::optional<fs::path> existing_file(const Candidate& candidate,
                                      const fs::path& working_directory) {
  for (const fs::path& base : {working_directory / candidate.argument,
                               working_directory / "config" / candidate.argument}) {
    if (is_regular(base) && (has_config_ending(base) || candidate.after_config_flag)) return base;
    if (base.has_extension() || !base.has_filename()) continue;
    for (const auto ending : kEndings)
      if (fs::path with_ending{base.string() + std::string{ending}}; is_regular(with_ending))
        return with_ending;
  }
  return std::nullopt;
}

}  // namespace

std::optional<fs::path> find_config_in_command(const std::vector<std::string>& command,
                                               const fs::path& working_directory) {
  std::optional<fs::path>
      plain_mapping;  // of another trainer, named by a flag; the last one is the trainer's
  std::size_t tried = 0;
  for (std::size_t i = 1; i < command.size() && tried < kMostFilesTried; ++i) {
    const auto candidate = candidate_of(command[i], command[i - 1]);
    const auto file = candidate ? existing_file(*candidate, working_directory) : std::nullopt;
    if (!file) continue;
    ++tried;
    const auto config = JobConfig::load(*file);
    if (!config) continue;
    if (config->is_aitoolkit()) return file;
    if (candidate->after_config_flag && config->is_mapping("")) plain_mapping = file;
  }
  return plain_mapping;
}

}  // namespace tidemark
