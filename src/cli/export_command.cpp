#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "report/report.h"

namespace tidemark {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) (void)std::fclose(file);
  }
};
using OutputFile = std::unique_ptr<std::FILE, CloseFile>;

bool is_standard_output(const std::string& output) {
  return output.empty() || output == "-";
}

/// What the words ask for. Errors: invalid.
Result<ExportOptions> read_options(const ExportCommandOptions& options) {
  ExportOptions wanted{.format = export_format_from(options.format).value_or(ExportFormat::csv)};
  if (!options.table.empty()) wanted.table = export_table_from(options.table);
  if (wanted.format == ExportFormat::prometheus && wanted.table == ExportTable::events)
    return fail(Errc::invalid,
                "--table events: they are no numbers; --format csv or json has them");
  return wanted;
}

int write_export(Store& store, const StoredRun& run, const ExportOptions& wanted,
                 const std::string& output) {
  const OutputFile file{is_standard_output(output) ? stdout : std::fopen(output.c_str(), "wb")};
  if (!file) return fail_with(output + ": cannot be written: " + std::strerror(errno));
  const auto outcome = export_run(store, run, wanted, [&file](std::string_view piece) {
    return std::fwrite(piece.data(), 1, piece.size(), file.get()) == piece.size();
  });
  if (!outcome) return fail_with(outcome.error());
  const bool written = outcome->taken && std::fflush(file.get()) == 0;
  if (!written)
    return fail_with((is_standard_output(output) ? "standard output" : output) +
                     ": not all of it could be written: " + std::strerror(errno));
  if (outcome->left_out > 0)
    say(std::to_string(outcome->left_out) +
        " rows are left out: their times do not rise, as this format wants it");
  return 0;
}

}  // namespace

int export_command(const ExportCommandOptions& options) {
  auto wanted = read_options(options);
  if (!wanted) {
    say(wanted.error().message);
    return 2;
  }
  auto store = open_store(options.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto run = find_run(*store, options.job, options.run);
  if (!run) return fail_with(run.error());
  wanted->status = status_of(*run, HostRoot{});
  return write_export(*store, *run, *wanted, options.output);
}

}  // namespace tidemark
