#include "cli/database_location.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "clients/clients.h"

namespace tidemark {
namespace {

// Anybody can make a folder of that name in /dev/shm before us, or a link.
bool is_private_or_missing(const std::filesystem::path& folder) {
  struct stat found{};
  if (::lstat(folder.c_str(), &found) != 0) return errno == ENOENT;
  return S_ISDIR(found.st_mode) && found.st_uid == ::geteuid() && (found.st_mode & 022) == 0;
}

}  // namespace

std::optional<std::filesystem::path> data_folder(const Environment& environment) {
  // XDG Base Directory Specification: an empty or relative value counts as unset.
  if (const auto folder = environment("XDG_DATA_HOME"); folder && folder->starts_with('/'))
    return std::filesystem::path{*folder} / "tidemark";
  if (const auto home = environment("HOME"); home && home->starts_with('/'))
    return std::filesystem::path{*home} / ".local" / "share" / "tidemark";
  return std::nullopt;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets any
    if (value == nullptr) return std::nullopt;
    return std::string{value};
  };
}

Result<std::filesystem::path> locate_database(const std::string& option,
                                              const Environment& environment,
                                              const std::filesystem::path& working_directory) {
  auto wanted = option.empty() ? environment("TIDEMARK_DB").value_or("") : option;
  if (wanted.starts_with("postgresql:") || wanted.starts_with("postgres:"))
    return fail(Errc::unsupported,
                wanted.substr(0, wanted.find(':')) +
                    ": PostgreSQL is not supported by this build; give a file to --db");
  if (!wanted.empty()) return (working_directory / wanted).lexically_normal();
  if (auto client = aitoolkit_database(working_directory)) return *client;
  if (const auto folder = data_folder(environment)) return *folder / "tidemark.db";
  return fail(Errc::not_found,
              "no place for the database: HOME is not set; give one with --db FILE");
}

std::vector<std::filesystem::path> rescue_databases(const std::filesystem::path& wanted,
                                                    const Environment& environment) {
  std::vector<std::filesystem::path> candidates;
  if (const auto folder = data_folder(environment)) candidates.push_back(*folder / "rescued.db");
  const auto runtime = environment("XDG_RUNTIME_DIR");
  const std::filesystem::path tmpfs =
      runtime && runtime->starts_with('/') ? std::filesystem::path{*runtime} : "/dev/shm";
  const auto folder = tmpfs / ("tidemark-" + std::to_string(::getuid()));
  if (is_private_or_missing(folder)) candidates.push_back(folder / "rescued.db");
  std::erase(candidates, wanted);
  return candidates;
}

}  // namespace tidemark
