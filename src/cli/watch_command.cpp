#include <csignal>

#include "cli/aitk_watch.h"
#include "cli/commands.h"
#include "cli/stop_signals.h"
#include "cli/terminal_output.h"

namespace tidemark {

int watch_command(const WatchOptions& options) {
  const auto watch = prepare_watch(options);
  if (!watch) return fail_watch(watch.error());
  const auto stop = take_stop_signals();
  ::signal(SIGPIPE, SIG_IGN);  // a log that is gone ends nobody, nor the monitors, which inherit it
  watch_until_stopped(*watch, poll_fd_of(stop));
  return 0;
}

}  // namespace tidemark
