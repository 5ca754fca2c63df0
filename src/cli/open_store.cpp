#include "cli/open_store.h"

#include <filesystem>
#include <utility>

#include "cli/database_location.h"
#include "cli/journal_recovery.h"
#include "cli/terminal_output.h"

namespace tidemark {

Result<std::filesystem::path> find_database(const std::string& database_option) {
  std::error_code error;
  const auto working_directory = std::filesystem::current_path(error);
  auto file = locate_database(database_option, process_environment(), working_directory);
  if (!file) return std::unexpected(file.error());
  for (const auto& problem : take_in_what_is_left(*file, HostRoot{}).problems) say(problem);
  if (!std::filesystem::exists(*file, error))
    return fail(
        Errc::not_found,
        file->string() +
            ": there is no database; record a run with `tidemark run`, or name one with --db");
  return file;
}

Result<Store> open_store(const std::string& database_option, Access access) {
  const auto file = find_database(database_option);
  if (!file) return std::unexpected(file.error());
  return Store::open(*file, {.read_only = access == Access::read, .create = false});
}

void say_where_it_is(const std::filesystem::path& database) {
  std::error_code error;
  const auto by_itself =
      locate_database({}, process_environment(), std::filesystem::current_path(error));
  if (by_itself && std::filesystem::weakly_canonical(*by_itself, error) ==
                       std::filesystem::weakly_canonical(database, error))
    return;
  say("this run is in " + database.string() + ": name it with --db in other commands");
}

Result<StoredRun> find_run(Store& store, const std::string& job,
                           std::optional<std::int64_t> number) {
  const auto job_id = store.resolve_job(job);
  if (!job_id) return std::unexpected(job_id.error());
  return store.run(*job_id, number);
}

}  // namespace tidemark
