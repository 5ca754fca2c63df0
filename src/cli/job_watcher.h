// Sees the jobs that ai-toolkit starts and gives each a monitor process of its own. The watcher
// itself measures nothing and holds nothing: killed and started again, it learns from the store who
// is monitored. A server can run one in a thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/job_monitor.h"
#include "cli/lost_run.h"
#include "clients/clients.h"
#include "core/time.h"

namespace tidemark {

struct WatchPlaces {
  std::filesystem::path job_table{};
  std::filesystem::path database{};
  std::string notify_url{};  // of ends that no monitor sees; the monitors tell the others
  // Called before each look, where there is one: looks after the checkout, and answers which
  // database is its own from now on. Absent: as before.
  std::function<std::optional<std::filesystem::path>()> tend{};
};

class JobWatcher {
 public:
  JobWatcher(WatchPlaces places, const HostRoot& host, const Clock& clock);

  /// Looks once a second until `stop_fd` is readable. The monitors go on.
  void run(int stop_fd);

 private:
  /// One execution of a job.
  struct Watched {
    ClientJob job{};
    std::optional<pid_t> monitor{};            // our child
    std::optional<ProcessIdentity> adopted{};  // another watcher's, which lives
    bool settled = false;                      // watched to its end, or not to be watched
    int failures = 0;
    double try_again_at = 0;
  };

  void look();
  void look_after_monitors();
  void look_after(const ProcessIdentity& process, Watched& watched);
  bool take_result(Watched& watched);
  void give_monitor(const ProcessIdentity& process, Watched& watched);
  bool adopt(const ProcessIdentity& process, Watched& watched);

  void look_at_table();
  bool is_watched(const ClientJob& job) const;
  /// True: the same job is to be looked at again although the table does not change.
  bool consider(const ClientJob& job);
  bool consider_dead(const ClientJob& job);
  bool ended_due() const;
  void look_at_ended();
  void forget_dead(const std::string& job_id);
  void complain(const Error& error);

  double now() const;
  LostRunPlaces lost_places();

  WatchPlaces places_;
  HostRoot host_;
  const Clock& clock_;
  JobTable table_;
  Notifier notifier_;
  double started_at_;
  std::map<ProcessIdentity, Watched> watched_{};
  bool look_again_ = true;
  std::string complaint_{};                                     // the last one said
  std::map<std::pair<std::string, int>, double> dead_since_{};  // job and pid, still `running`
  std::set<std::pair<std::string, int>> dead_told_{};
  double ended_looked_at_ = 0;
  bool ended_to_look_at_ = true;                // something was committed since
  std::map<std::string, double> ended_seen_{};  // by job: its row's time
};

}  // namespace tidemark
