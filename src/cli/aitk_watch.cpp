#include "cli/aitk_watch.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cli/container_storage.h"
#include "cli/database_location.h"
#include "cli/integrate_rows.h"
#include "cli/run_news.h"
#include "cli/terminal_output.h"
#include "clients/clients.h"
#include "os/file_times.h"
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

/// The monitors get it as they get everything of this process, and ps does not show it.
void hand_on_notify_url(const std::string& url) {
  if (!url.empty()) ::setenv("TIDEMARK_NOTIFY", url.c_str(), 1);  // NOLINT: there is one thread
}

/// A checkout that has Tidemark in it loses the models where its schema is put back by hand (git's
/// filter and hooks see to the rest): then ai-toolkit would not start. Looked after when the file
/// changes.
class SchemaTender {
 public:
  explicit SchemaTender(fs::path checkout) : checkout_(std::move(checkout)) {}

  std::optional<fs::path> operator()() {
    const auto changed = modified_at(checkout_ / "ui" / "prisma" / "schema.prisma");
    if (changed == seen_) return std::nullopt;
    if (const auto done = repair_integration(checkout_); !done) {
      if (std::exchange(complaint_, done.error().message) != done.error().message)
        say(done.error().message);
      return std::nullopt;  // tried again with the next look
    }
    complaint_.clear();
    seen_ = modified_at(checkout_ / "ui" / "prisma" / "schema.prisma");
    return aitoolkit_database(checkout_);
  }

 private:
  fs::path checkout_;
  std::optional<double> seen_{};
  std::string complaint_{};
};

}  // namespace

Result<PreparedWatch> prepare_watch(const WatchOptions& options) {
  const auto checkout = checkout_of(options.checkout);
  if (!checkout) return std::unexpected(checkout.error());
  const auto url = choose_notify_url(options.notify, process_environment());
  if (!url) return std::unexpected(url.error());
  const auto database = database_of(options, *checkout);
  if (!database) return std::unexpected(database.error());
  hand_on_notify_url(*url);
  WatchPlaces places{
      .job_table = aitoolkit_job_table(*checkout), .database = *database, .notify_url = *url};
  if (*database == aitoolkit_database(*checkout)) places.tend = SchemaTender{*checkout};
  return PreparedWatch{*checkout, std::move(places)};
}

void watch_until_stopped(const PreparedWatch& watch, int stop_fd) {
  const HostRoot host;
  const SystemClock clock;
  const auto& [checkout, places] = watch;
  say("watching ai-toolkit in " + checkout.string() + "; what is recorded goes to " +
      places.database.string());
  if (const auto hint = vanishing_storage(host, places.database, checkout)) say(*hint);
  JobWatcher{places, host, clock}.run(stop_fd);
}

int fail_watch(const Error& error) {
  (void)fail_with(error);
  return error.code == Errc::invalid ? 2 : 1;
}

}  // namespace tidemark
