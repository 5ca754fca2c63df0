#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/access_token.h"
#include "cli/aitk_watch.h"
#include "cli/commands.h"
#include "cli/database_location.h"
#include "cli/journal_recovery.h"
#include "cli/run_config.h"
#include "cli/run_liveness.h"
#include "cli/stop_signals.h"
#include "cli/terminal_output.h"
#include "os/system_clock.h"
#include "server/server.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

/// `--token-file`, else beside the user's databases. $TIDEMARK_TOKEN goes before both.
Result<std::string> choose_token(const ServeOptions& options, const Environment& environment) {
  if (options.no_token) return std::string{};
  if (const auto given = environment("TIDEMARK_TOKEN")) {
    if (is_token(*given)) return *given;
    return fail(Errc::invalid, "TIDEMARK_TOKEN: a token is 16 to 200 letters, digits, - . _ ~");
  }
  if (!options.token_file.empty()) return read_or_make_token(options.token_file);
  const auto folder = data_folder(environment);
  if (!folder)
    return fail(Errc::not_found,
                "no home folder to keep the token in: --token-file names a file for it");
  return read_or_make_token(*folder / "token");
}

WatchOptions with_database(const ServeOptions& options) {
  auto watch = options.watch;
  watch.database = options.database;
  return watch;
}

std::string address_of(const std::string& host, std::uint16_t port) {
  const bool any = host == "0.0.0.0" || host == "::";
  const auto name = any ? std::string{"127.0.0.1"} : host.contains(':') ? "[" + host + "]" : host;
  return "http://" + name + ":" + std::to_string(port);
}

void say_where(const ServeOptions& options, const SiteOptions& site, std::uint16_t port) {
  const auto address = address_of(options.host, port);
  say("serving " + site.database.string() + " at " + address);
  if (site.access.token.empty())
    say("without a token: every user of this machine may read it");
  else
    say("open once: " + address + "/open?ticket=" + site.ticket);
  if (options.host != "127.0.0.1" && options.host != "localhost" && options.host != "::1")
    say("other machines can reach it, and what it sends is not encrypted");
}

}  // namespace

int serve_command(const ServeOptions& options) {
  const auto environment = process_environment();
  std::optional<PreparedWatch> watched;
  if (!options.watch.checkout.empty()) {
    auto watch = prepare_watch(with_database(options));
    if (!watch) return fail_watch(watch.error());
    watched = std::move(*watch);
  }
  std::error_code failed;
  const auto database =
      watched ? Result<fs::path>{watched->places.database}
              : locate_database(options.database, environment, fs::current_path(failed));
  if (!database) return fail_with(database.error());
  auto token = choose_token(options, environment);
  if (!token) return fail_with(token.error());
  auto ticket = random_secret();
  if (!ticket) return fail_with(ticket.error());
  SiteOptions site_options{.database = *database,
                           .access = {.token = *token, .named_host = options.host},
                           .ticket = token->empty() ? std::string{} : *ticket};
  site_options.unended = [](const StoredRun& run) { return unended_state(run, HostRoot{}); };
  site_options.config_text = config_text_of;
  site_options.web_files =
      options.web_folder.empty() ? embedded_web_files() : web_files_in(options.web_folder);
  site_options.unix_now = [] { return to_seconds(SystemClock{}.wall() - WallTime{}); };
  for (const auto& problem : take_in_what_is_left(*database, HostRoot{}).problems) say(problem);
  const auto stop = take_stop_signals();
  ::signal(SIGPIPE, SIG_IGN);
  Site site{site_options};
  std::jthread watcher;
  const auto served = listen_and_serve(
      site, {.host = options.host, .port = options.port, .stop_fd = poll_fd_of(stop)},
      [&](std::uint16_t port) {
        say_where(options, site_options, port);
        // Both wait for the same descriptor, which stays readable once a signal has come.
        if (watched)
          watcher = std::jthread{[&] { watch_until_stopped(*watched, poll_fd_of(stop)); }};
      });
  return served ? 0 : fail_with(served.error());
}

}  // namespace tidemark
