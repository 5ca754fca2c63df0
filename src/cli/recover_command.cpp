#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/database_location.h"
#include "cli/journal_recovery.h"
#include "cli/terminal_output.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

Json json_of(const Recovery& recovery) {
  Json list = Json::array();
  for (const auto& journal : recovery.journals)
    list.push_back({{"database", journal.database.string()},
                    {"job_id", journal.run.job_id},
                    {"run", journal.run.number},
                    {"records", journal.records},
                    {"removed", journal.removed}});
  return {{"recovered", list}, {"problems", recovery.problems}};
}

void print_lines(const Recovery& recovery) {
  for (const auto& journal : recovery.journals)
    fmt::print("job {} run {}: {} record{} stored in {}{}\n", printable(journal.run.job_id, 64),
               journal.run.number, journal.records, journal.records == 1 ? "" : "s",
               journal.database.string(),
               journal.removed ? "" : "; its trainer still runs, the journal stays");
  if (recovery.journals.empty() && recovery.problems.empty())
    say("nothing to recover: no journal is without its monitor");
}

}  // namespace

int recover_command(const RecoverOptions& options) {
  std::error_code ignored;
  const auto database = locate_database(options.database, process_environment(),
                                        std::filesystem::current_path(ignored));
  if (!database) return fail_with(database.error());
  const auto recovery = take_in_what_is_left(*database, HostRoot{});
  if (options.json)
    fmt::print("{}\n", json_of(recovery).dump(2, ' ', false, Json::error_handler_t::replace));
  else
    print_lines(recovery);
  int code = 0;
  for (const auto& problem : recovery.problems) code = fail_with(problem);
  return code;
}

}  // namespace tidemark
