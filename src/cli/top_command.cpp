#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/stop_signals.h"
#include "cli/terminal_output.h"
#include "cli/terminal_screen.h"
#include "live/live.h"
#include "os/poll.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

// Another program may hold the database: the view then says so and goes on showing what it had.
constexpr std::chrono::milliseconds kBusyWait{250};

LiveSources sources_of(const std::filesystem::path& database) {
  return {.open =
              [database](std::stop_token stop) {
                return Store::open(database, {.read_only = true,
                                              .create = false,
                                              .busy_wait = kBusyWait,
                                              .stop = std::move(stop)});
              },
          .unended = [](const StoredRun& run) { return unended_state(run, HostRoot{}); },
          .unix_now = [] { return to_seconds(SystemClock{}.wall() - WallTime{}); }};
}

Result<LiveTarget> target_of(const TopOptions& options, Store& store) {
  if (options.job.empty()) return LiveTarget{};
  auto job = store.resolve_job(options.job);
  if (!job) return std::unexpected(job.error());
  return LiveTarget{.job_id = std::move(*job), .number = options.run};
}

/// POSIX's words for the size of a screen that is none.
std::size_t size_from(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  const std::string_view digits{text != nullptr ? text : ""};
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && size > 0 && size < 10'000 ? size : otherwise;
}

int show_once(const TopOptions& options, LiveReader& reader, LiveView view) {
  const auto read = reader.read(true);
  if (!read) return fail_with(read.error());
  view.keys = false;
  const FrameOptions plain{.columns = size_from("COLUMNS", 80),
                           .rows = size_from("LINES", 24),
                           .utf8 = locale_is_utf8(),
                           .color = false};
  const auto text = options.json ? live_json(reader.snapshot()) + "\n"
                                 : plain_text(build_frame(reader.snapshot(), view, plain));
  (void)std::fputs(text.c_str(), stdout);
  return 0;
}

/// Shows and listens until the user or a signal ends it.
class LiveScreen {
 public:
  LiveScreen(LiveReader& reader, LiveView view, TerminalScreen& screen, double refresh_seconds)
      : reader_(reader), view_(view), screen_(screen), refresh_(from_seconds(refresh_seconds)) {}

  Result<void> run(int stop_fd) {
    while (!view_.quit) {
      if (!view_.paused || is_first_)
        if (auto read = reader_.read(); !read) return read;
      is_first_ = false;
      const auto next = std::chrono::steady_clock::now() + refresh_;
      do {
        screen_.draw(build_frame(reader_.snapshot(), view_, screen_.options()));
        if (!wait(next, stop_fd)) return {};
      } while (take_keys() && !view_.quit);
    }
    return {};
  }

 private:
  /// Until a key or `next`. False: a signal ends it.
  bool wait(std::chrono::steady_clock::time_point next, int stop_fd) const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    std::array<pollfd, 2> sources{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop_fd, POLLIN, 0}};
    (void)poll_all(sources, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    const bool terminal_is_gone = (sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    return sources[1].revents == 0 && !terminal_is_gone;
  }

  /// True when there was one, and nothing has to be read anew for it.
  bool take_keys() {
    bool any = false;
    while (const auto input = screen_.next_input()) {
      any = true;
      const auto before = view_.window_seconds;
      auto step = apply_input(view_, *input, reader_.snapshot());
      view_ = step.view;
      if (step.turned_to)
        reader_.look_at({.job_id = step.turned_to->run.job_id, .number = std::nullopt});
      if (view_.window_seconds != before) reader_.set_window(view_.window_seconds);
      if (!step.turned_to && view_.window_seconds == before) continue;
      is_first_ = true;  // once, also where it is paused
      return false;
    }
    return any;
  }

  LiveReader& reader_;
  LiveView view_;
  TerminalScreen& screen_;
  std::chrono::nanoseconds refresh_;
  bool is_first_ = true;
};

int show_live(LiveReader& reader, const LiveView& view, double refresh_seconds) {
  const auto stop = take_stop_signals();  // the terminal is given back before it ends
  Result<void> shown{};
  {
    auto screen = TerminalScreen::open();
    if (!screen)
      return fail_with(screen.error().message +
                       "; `tidemark top --once` prints one frame as text, --json as JSON");
    shown = LiveScreen{reader, view, *screen, refresh_seconds}.run(poll_fd_of(stop));
  }
  return shown ? 0 : fail_with(shown.error());
}

}  // namespace

int top_command(const TopOptions& options) {
  const auto window = parse_age_seconds(options.window);
  if (!window || *window < 1 || *window > 86400) {
    say("--window " + options.window + ": a time from 1s to 24h is wanted, as in 10m");
    return 2;
  }
  const bool once = options.once || options.json;
  if (!once && (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1))
    return fail_with(
        std::string{"standard input and output are no terminal; `tidemark top "
                    "--once` prints one frame as text, --json as JSON"});
  const auto database = find_database(options.database);
  if (!database) return fail_with(database.error());
  const auto sources = sources_of(*database);
  auto store = sources.open({});
  if (!store) return fail_with(store.error());
  auto target = target_of(options, *store);
  if (!target) return fail_with(target.error());
  LiveReader reader{std::move(*store), sources};
  reader.look_at(std::move(*target));
  reader.set_window(*window);
  const LiveView view{.window_seconds = *window};
  return once ? show_once(options, reader, view) : show_live(reader, view, options.refresh_seconds);
}

}  // namespace tidemark
