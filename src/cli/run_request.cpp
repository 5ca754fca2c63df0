#include "cli/run_request.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cli/database_location.h"
#include "cli/job_identity.h"
#include "cli/run_news.h"
#include "jobconfig/jobconfig.h"
#include "os/process_watch.h"
#include "os/system_clock.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";

/// The config that was named, else the one on the trainer's command line.
Result<std::optional<fs::path>> choose_config(const RunOptions& options,
                                              const fs::path& working_directory) {
  if (options.config == kStandardInput) return fs::path{kStandardInput};
  if (!options.config.empty()) {
    const auto named = (working_directory / options.config).lexically_normal();
    std::error_code ignored;
    if (!fs::exists(named, ignored))
      return fail(Errc::invalid, "--config " + options.config + ": there is no such file");
    return named;
  }
  return find_config_in_command(options.command, working_directory);
}

Result<JobConfig> load_config(const fs::path& file) {
  if (file != kStandardInput) return JobConfig::load(file);
  constexpr std::size_t kMostBytes = 16U << 20;  // as of a file
  std::string text;
  std::array<char, 1U << 16> piece;
  ssize_t count = 0;
  while ((count = ::read(STDIN_FILENO, piece.data(), piece.size())) > 0 && text.size() < kMostBytes)
    text.append(piece.data(), static_cast<std::size_t>(count));
  return JobConfig::parse(text, "the config on standard input");
}

void take_config(PreparedRun& prepared, const RunOptions& options,
                 const std::optional<fs::path>& file) {
  std::optional<JobConfig> config;
  if (file) {
    auto loaded = load_config(*file);
    if (loaded) {
      config.emplace(std::move(*loaded));
      if (*file != kStandardInput) prepared.request.info.config_path = file->string();
      prepared.request.info.config_json = config->redacted_json();
      prepared.request.info.job_name = config->name();
    } else {
      prepared.warnings.push_back(loaded.error().message +
                                  "; monitoring goes on with the defaults");
    }
  }
  auto resolved = resolve_settings({.sample_interval_seconds = options.interval_seconds},
                                   process_environment(), config ? &*config : nullptr);
  prepared.request.info.settings = resolved.settings;
  for (auto& warning : resolved.warnings) prepared.warnings.push_back(std::move(warning));
}

}  // namespace

Result<PreparedRun> prepare_run(const RunOptions& options) {
  std::error_code error;
  const auto working_directory = fs::current_path(error);
  if (error) return fail(Errc::io, "the working directory cannot be read: " + error.message());
  const auto notify_url = choose_notify_url(options.notify, process_environment());
  if (!notify_url) return std::unexpected(notify_url.error());
  auto database = locate_database(options.database, process_environment(), working_directory);
  if (!database) return std::unexpected(database.error());
  const auto config_file = choose_config(options, working_directory);
  if (!config_file) return std::unexpected(config_file.error());

  PreparedRun prepared;
  MonitorRequest& request = prepared.request;
  take_config(prepared, options, *config_file);
  RunInfo& info = request.info;
  info.job_id = options.job_id;
  if (!options.name.empty()) info.job_name = options.name;
  if (info.job_name.empty()) info.job_name = name_from_command(options.command);
  info.command = options.command;
  info.working_directory = working_directory.string();
  info.tidemark_version = TIDEMARK_VERSION;
  request.guard = guard_policy_from(options.guard).value_or(GuardPolicy::off);
  request.notify_url = *notify_url;
  request.database = std::move(*database);
  request.rescue_databases = rescue_databases(request.database, process_environment());
  return prepared;
}

void fill_local_facts(RunInfo& info, const HostRoot& host, const Clock& clock) {
  const auto identity = read_host_identity(host);
  info.host = identity.name;
  info.boot_id = identity.boot_id;
  info.anchor = anchor_now(clock);
  if (const auto self = identify_process(host, ::getpid())) info.monitor = *self;
}

}  // namespace tidemark
