#include "cli/client_job.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

/// The trainer puts it into the folder that its config names, which the UI makes the job's own.
std::vector<fs::path> loss_log_candidates(const MonitorRequest& request) {
  std::vector<fs::path> candidates;
  const fs::path config_file = request.info.config_path;
  if (config_file.empty()) return candidates;
  candidates.push_back(job_files(config_file.parent_path()).loss_log);
  const auto config = JobConfig::load(config_file);
  const auto folder =
      config ? config->get_string("config.process[0].training_folder") : std::nullopt;
  if (folder && !folder->empty())
    candidates.push_back(
        job_files(fs::path{request.info.working_directory} / *folder / config->name()).loss_log);
  return candidates;
}

}  // namespace

double started_at(ProcessIdentity process, const Clock& clock) {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double after_boot = static_cast<double>(process.start_ticks) / ticks_per_second;
  const double boot_at =
      to_seconds(clock.wall() - WallTime{}) - to_seconds(clock.now() - BootTime{});
  return boot_at + after_boot;
}

ClientConnection::ClientConnection(const std::string& job_table, const MonitorRequest& request,
                                   const Clock& clock)
    : table_(job_table),
      job_id_(request.info.job_id),
      loss_log_(loss_log_candidates(request), started_at(request.info.process, clock)) {}

ClientFeed ClientConnection::feed() {
  return {.take_steps = [this] { return loss_log_.take_steps(); },
          .finish_steps = [this] { return loss_log_.finish(); },
          .word = [this]() -> std::optional<ClientWord> {
            const auto job = table_.job(job_id_);
            if (!job) return std::nullopt;
            return word_of(*job);
          }};
}

}  // namespace tidemark
