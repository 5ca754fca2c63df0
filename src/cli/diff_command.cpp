// diff: two runs side by side.
#include <cstdio>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"

namespace tidemark {
namespace {

Result<Report> report_of(Store& store, const std::string& job, std::optional<std::int64_t> number) {
  const auto run = find_run(store, job, number);
  if (!run) return std::unexpected(run.error());
  return build_report(store, *run, report_options_for(*run));
}

}  // namespace

int diff_command(const DiffOptions& options) {
  auto store = open_store(options.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto a = report_of(*store, options.job_a, options.run_a);
  if (!a) return fail_with(a.error());
  const auto b = report_of(*store, options.job_b, options.run_b);
  if (!b) return fail_with(b.error());
  const auto comparison = compare_runs(*a, *b);
  const auto text =
      options.json ? comparison_json(comparison, 2) + "\n" : comparison_text(comparison);
  (void)std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace tidemark
