// ai-toolkit's tables, by ui/prisma/schema.prisma (commit 27a03a91): Job and Settings.
#include <array>
#include <string_view>
#include <utility>

#include "clients/clients.h"
#include "os/file_times.h"
#include "store/store.h"

namespace tidemark {
namespace {

constexpr auto kColumns = "SELECT id, name, status, info, job_type, pid, updated_at FROM Job ";
constexpr double kMillisecondsPerSecond = 1000;  // Prisma stores DateTime as Unix milliseconds
constexpr std::size_t kMostInfo = 500;

ClientJob job_from(const ForeignRow& row) {
  ClientJob job{.id = row.text(0).value_or(""),
                .name = row.text(1).value_or(""),
                .status = row.text(2).value_or(""),
                .info = row.text(3).value_or(""),
                .type = row.text(4).value_or("train")};
  if (const auto pid = row.integer(5); pid && *pid > 0 && *pid <= (1 << 22))
    job.pid = static_cast<int>(*pid);  // the kernel's highest pid: proc(5), pid_max
  job.updated_at = row.real(6).value_or(0) / kMillisecondsPerSecond;
  return job;
}

}  // namespace

ClientWord word_of(const std::optional<ClientJob>& job) {
  if (!job) return {.state = ClientState::deleted};
  struct Named {
    std::string_view status;
    ClientState state;
  };
  constexpr std::array kStates{
      Named{"running", ClientState::running},     Named{"stopping", ClientState::running},
      Named{"completed", ClientState::completed}, Named{"stopped", ClientState::stopped},
      Named{"queued", ClientState::requeued},     Named{"error", ClientState::failed}};
  ClientWord word{.status = job->status, .info = job->info.substr(0, kMostInfo)};
  for (const auto& [status, state] : kStates)
    if (job->status == status) word.state = state;
  return word;
}

JobFiles job_files(const std::filesystem::path& job_folder) {
  return {.config = job_folder / ".job_config.json",
          .log = job_folder / "log.txt",
          .loss_log = job_folder / "loss_log.db"};
}

std::optional<std::filesystem::path> plugin_page_of(const std::filesystem::path& config) {
  const auto folder = config.parent_path();
  if (folder.empty() || job_files(folder).config != config) return std::nullopt;
  return folder / "plugin.html";
}

std::optional<double> last_start_of(const JobFiles& files) {
  return modified_at(files.config);
}

struct JobTable::State {
  std::filesystem::path file;
  std::optional<ForeignDatabase> db{};
  std::optional<std::int64_t> version{};

  Result<ForeignDatabase*> open() {
    // A frozen view shows nothing new, and a file that was replaced is another one.
    if (db && (db->is_frozen() || !db->is_current())) db.reset();
    if (db) return &*db;
    version.reset();
    auto opened = ForeignDatabase::open(file);
    if (!opened) return std::unexpected(opened.error());
    db.emplace(std::move(*opened));
    return &*db;
  }

  Result<std::vector<ClientJob>> jobs(const std::string& where,
                                      std::span<const ForeignValue> parameters) {
    auto opened = open();
    if (!opened) return std::unexpected(opened.error());
    std::vector<ClientJob> found;
    auto asked = (*opened)->query(kColumns + where, parameters, [&found](const ForeignRow& row) {
      found.push_back(job_from(row));
    });
    if (!asked) return std::unexpected(asked.error());
    return found;
  }
};

JobTable::JobTable(std::filesystem::path file)
    : state_(std::make_unique<State>(State{.file = std::move(file)})) {}
JobTable::JobTable(JobTable&&) noexcept = default;
JobTable& JobTable::operator=(JobTable&&) noexcept = default;
JobTable::~JobTable() = default;

const std::filesystem::path& JobTable::file() const {
  return state_->file;
}

Result<bool> JobTable::changed() {
  auto opened = state_->open();
  if (!opened) return std::unexpected(opened.error());
  if ((*opened)->is_frozen()) return true;
  const auto version = (*opened)->version();
  if (!version) return std::unexpected(version.error());
  return std::exchange(state_->version, *version) != *version;
}

Result<std::vector<ClientJob>> JobTable::active_jobs() {
  return state_->jobs("WHERE status IN ('running', 'stopping')", {});
}

Result<std::vector<ClientJob>> JobTable::ended_since(double unix_seconds) {
  const std::array<ForeignValue, 1> since{unix_seconds * kMillisecondsPerSecond};
  return state_->jobs("WHERE updated_at > ? AND status IN ('error', 'stopped', 'completed')",
                      since);
}

Result<std::optional<ClientJob>> JobTable::job(const std::string& id) {
  const std::array<ForeignValue, 1> wanted{std::string_view{id}};
  auto found = state_->jobs("WHERE id = ?", wanted);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<std::filesystem::path> JobTable::training_folder() {
  auto opened = state_->open();
  if (!opened) return std::unexpected(opened.error());
  std::string folder;
  auto asked =
      (*opened)->query("SELECT value FROM Settings WHERE key = 'TRAINING_FOLDER'", {},
                       [&folder](const ForeignRow& row) { folder = row.text(0).value_or(""); });
  if (!asked) return std::unexpected(asked.error());
  const auto beside = state_->file.parent_path();
  if (folder.empty()) return beside / "output";
  return (beside / folder).lexically_normal();
}

}  // namespace tidemark
