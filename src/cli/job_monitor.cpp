#include "cli/job_monitor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "os/host_root.h"
#include "os/process_facts.h"
#include "os/signal_set.h"

extern char** environ;

namespace tidemark {
namespace {

/// What the child is to have otherwise than its parent; released in any case.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&files_);
    const auto none = signal_set({});  // a watcher blocks what stops it, and the mask is inherited
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    ::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files_, STDERR_FILENO, STDOUT_FILENO);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&files_);
  }
  Result<pid_t> spawn(const std::string& executable, std::vector<char*>& arguments) const {
    pid_t pid = 0;
    const int failed =
        ::posix_spawn(&pid, executable.c_str(), &files_, &attributes_, arguments.data(), environ);
    if (failed != 0) return std::unexpected(system_error(failed, "starting a job's monitor"));
    return pid;
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t files_{};
};

}  // namespace

Result<pid_t> start_job_monitor(const JobMonitorOrder& order) {
  // With "=": whatever a job is called, it is no option.
  std::vector<std::string> words{"tidemark",
                                 "attach",
                                 "--pid=" + std::to_string(order.process.pid),
                                 "--job-id=" + order.job.id,
                                 "--name=" + order.job.name,
                                 "--job-table=" + order.job_table.string(),
                                 "--db=" + order.database.string()};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return SpawnSettings{}.spawn(own_executable(), arguments);
}

std::optional<int> reap_job_monitor(pid_t pid) {
  int status = 0;
  const pid_t reaped = ::waitpid(pid, &status, WNOHANG);
  if (reaped == 0 || (reaped < 0 && errno == EINTR)) return std::nullopt;
  if (reaped < 0) return -1;
  return status;
}

}  // namespace tidemark
