// analyze and report: one run of one job, analysed and shown.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "cli/commands.h"
#include "cli/finish_run.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "clients/clients.h"

namespace tidemark {
namespace {

int write_html(const Report& report, const std::string& file) {
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out << report_html(report);
  out.close();
  if (!out) return fail_with(file + ": cannot be written: " + std::strerror(errno));
  say("wrote " + file);
  return 0;
}

int write_plugin(const Report& report, const StoredRun& run) {
  const auto page = plugin_page_of(run.info.config_path);
  if (!page)
    return fail_with(run.info.job_name +
                     ": was not started by ai-toolkit's UI, so there is no tab; use --html FILE");
  say("whoever reaches ai-toolkit's server can read what is in a job's folder without its password "
      "(/api/files/), this page too; delete the file to take it back");
  if (const int code = write_html(report, page->string()); code != 0) return code;
  fmt::print("{}\n", page->string());
  return 0;
}

}  // namespace

int analyze_command(const JobOptions& options) {
  auto store = open_store(options.database, Access::write);
  const bool may_write = store.has_value();
  if (!store)
    store = open_store(options.database, Access::read);  // a report can be made, not stored
  if (!store) return fail_with(store.error());
  const auto run = find_run(*store, options.job, options.run);
  if (!run) return fail_with(run.error());
  const auto report = may_write ? make_report(*store, run->key)
                                : build_report(*store, *run, report_options_for(*run));
  if (!report) return fail_with(report.error());
  if (!may_write) say("the database cannot be written: the report is shown and not stored");
  const auto text = options.json ? report_json(*report) + "\n"
                                 : report_text(*report, text_style_for(STDOUT_FILENO));
  (void)std::fputs(text.c_str(), stdout);
  return 0;
}

int report_command(const JobOptions& options) {
  auto store = open_store(options.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto run = find_run(*store, options.job, options.run);
  if (!run) return fail_with(run.error());
  const auto report = build_report(*store, *run, report_options_for(*run));
  if (!report) return fail_with(report.error());
  if (!options.html.empty()) return write_html(*report, options.html);
  if (options.plugin) return write_plugin(*report, *run);
  const auto text = options.json ? report_json(*report) + "\n"
                                 : report_text(*report, text_style_for(STDOUT_FILENO));
  (void)std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace tidemark
