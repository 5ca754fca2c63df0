#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/commands.h"
#include "cli/container_storage.h"
#include "cli/database_location.h"
#include "cli/job_watcher.h"
#include "cli/run_news.h"
#include "cli/stop_signals.h"
#include "cli/terminal_output.h"
#include "clients/clients.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

Result<fs::path> checkout_of(const std::string& folder) {
  std::error_code failed;
  const auto named = fs::absolute(folder, failed).lexically_normal();
  if (auto checkout = find_aitoolkit_checkout(named)) return *checkout;
  return fail(Errc::invalid, "--aitk " + folder +
                                 ": is no ai-toolkit folder (it would hold run.py, toolkit and "
                                 "extensions_built_in)");
}

/// `--db`, else $TIDEMARK_DB, else the checkout's own. What was told is remembered there.
Result<fs::path> database_of(const WatchOptions& options, const fs::path& checkout) {
  std::error_code failed;
  auto database = locate_database(options.database, process_environment(),
                                  options.database.empty() ? checkout : fs::current_path(failed));
  if (!database || options.database.empty()) return database;
  if (auto remembered = remember_aitoolkit_database(checkout, *database); !remembered)
    say(remembered.error().message);
  return database;
}

int words_are_off(const Error& error) {
  say(error.message);
  return 2;
}

/// The monitors get it as they get everything of this process, and ps does not show it.
void hand_on_notify_url(const std::string& url) {
  if (!url.empty()) ::setenv("TIDEMARK_NOTIFY", url.c_str(), 1);  // NOLINT: there is one thread
}

}  // namespace

int watch_command(const WatchOptions& options) {
  const auto checkout = checkout_of(options.checkout);
  if (!checkout) return words_are_off(checkout.error());
  const auto url = choose_notify_url(options.notify, process_environment());
  if (!url) return words_are_off(url.error());
  const auto database = database_of(options, *checkout);
  if (!database) return fail_with(database.error());
  hand_on_notify_url(*url);
  const HostRoot host;
  const SystemClock clock;
  const auto stop = stop_signals();
  ::signal(SIGPIPE, SIG_IGN);  // a log that is gone ends nobody, nor the monitors, which inherit it
  say("watching ai-toolkit in " + checkout->string() + "; what is recorded goes to " +
      database->string());
  if (const auto hint = vanishing_storage(host, *database, *checkout)) say(*hint);
  JobWatcher{
      {.job_table = aitoolkit_job_table(*checkout), .database = *database, .notify_url = *url},
      host,
      clock}
      .run(stop.get());
  return 0;
}

}  // namespace tidemark
