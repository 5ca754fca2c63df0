// apply: the config with the plan in it, and nothing else changed.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "cli/commands.h"
#include "cli/keep_prediction.h"
#include "cli/open_store.h"
#include "cli/run_config.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"

namespace tidemark {
namespace {

int write_result(const ApplyOptions& options, const ConfigChange& change) {
  if (options.output.empty()) {
    (void)std::fputs(change.difference.c_str(), stdout);
    return 0;
  }
  if (options.output == "-") {
    (void)std::fputs(change.after.c_str(), stdout);
    return 0;
  }
  std::ofstream out{options.output, std::ios::binary | std::ios::trunc};
  out << change.after;
  out.close();
  if (!out)
    return fail_with(
        fmt::format("{}: cannot be written: {}", options.output, std::strerror(errno)));
  say("wrote " + options.output);
  return 0;
}

}  // namespace

int apply_command(const ApplyOptions& options) {
  auto store = open_store(options.job.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto run = find_run(*store, options.job.job, options.job.run);
  if (!run) return fail_with(run.error());
  const auto report = build_report(*store, *run, report_options_for(*run));
  if (!report) return fail_with(report.error());
  const auto changes = chosen_changes(report->analysis, options.only);
  if (!changes) return fail_with(changes.error());
  auto config = config_text_of(run->info);
  if (!config) return fail_with(config.error());
  const auto change = change_config(*report, std::move(*config), *changes);
  if (!change) return fail_with(change.error());
  if (change->warning) say(*change->warning);
  if (options.only.empty() && !report->analysis.plan->fits)
    say("this plan lowers the peak, but is not sure to fit: see tidemark report");
  keep_applied(options.job.database, run->key, report->analysis, *changes);
  return write_result(options, *change);
}

}  // namespace tidemark
