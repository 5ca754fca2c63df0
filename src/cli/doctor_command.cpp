#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands.h"
#include "cli/database_location.h"
#include "cli/doctor_check.h"
#include "cli/journal_recovery.h"
#include "cli/terminal_output.h"
#include "os/process_watch.h"
#include "os/self_protection.h"
#include "os/system_clock.h"
#include "report/report.h"
#include "sensing/sensing.h"
#include "store/store.h"

namespace tidemark {
namespace {

std::string_view name_of_verdict(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "ok";
    case Verdict::limited:
      return "limited";
    case Verdict::missing:
      return "missing";
  }
  return "missing";
}

Check check_oom_counter(const HostSample& sample) {
  if (sample.cgroup && sample.cgroup->oom_kill_total)
    return {"OOM kills", Verdict::good,
            "counted by the cgroup: a kill is told from a plain SIGKILL"};
  if (sample.counters.oom_kill_total)
    return {"OOM kills", Verdict::limited,
            "only the machine's counter: another program's kill looks the same"};
  return {"OOM kills", Verdict::missing, std::string{source_words().no_oom_counter}};
}

Check check_pressure(const HostSample& sample) {
  if (sample.cgroup && sample.cgroup->pressure)
    return {"pressure (PSI)", Verdict::good, "of the cgroup"};
  if (sample.pressure) return {"pressure (PSI)", Verdict::good, "of the machine"};
  return {"pressure (PSI)", Verdict::missing, std::string{source_words().no_pressure}};
}

Check check_pss(const HostSample& sample) {
  for (const auto& process : sample.processes)
    if (process.pss) return {"PSS", Verdict::good, std::string{source_words().pss}};
  return {"PSS", Verdict::limited, std::string{source_words().no_pss}};
}

Check check_kernel_log(const HostRoot& host) {
  const auto log = KernelLog::open(host);
  const auto names = read_log_names(host);
  if (log && !names.pids_are_ours)
    return {"kernel log", Verdict::limited,
            "readable, but its pids are of another pid namespace: a victim is recognised by its "
            "name and cgroup"};
  if (log)
    return {"kernel log", Verdict::good,
            "readable: the OOM killer's victim and limit can be named"};
  return {"kernel log", Verdict::limited,
          log.error().message + "; kills are judged by counters alone"};
}

/// Tried on this process, which soon ends: what a monitor started here would get. It stays in its
/// cgroup: systemd and container runtimes own the tree above (systemd's CGROUP_DELEGATION), and a
/// process that moves out of its unit is lost to them.
Check check_protection(const HostRoot& host, const std::string& cgroup) {
  const auto locked = lock_present_memory(host, kLockedMemoryBudget);
  const auto spared = leave_oom_choice(host);
  const auto text =
      fmt::format("{}; {} of its memory locked; a session of its own; {}",
                  spared ? "the OOM killer never chooses it"
                         : "the OOM killer may choose it (to lower its score "
                           "takes CAP_SYS_RESOURCE)",
                  locked.count > 0 ? format_bytes(locked) : std::string{"nothing"},
                  cgroup.empty() ? std::string{"no memory cgroup"}
                                 : "it stays in the cgroup it was started in (" + cgroup + ")");
  return {"protection", spared && locked.count > 0 ? Verdict::good : Verdict::limited, text};
}

Check check_journal_place(const std::string& option, const Environment& environment) {
  std::error_code error;
  const auto database = locate_database(option, environment, std::filesystem::current_path(error));
  const auto place = choose_journal_place(
      JournalPlaces::from_environment(database.value_or(std::filesystem::path{})), journal_bytes());
  if (!place) return {"journal's place", Verdict::missing, place.error().message};
  if (!place->in_memory)
    return {"journal's place", Verdict::limited,
            place->folder.string() +
                " is on a disk: a trainer's record can wait for its writeback (" +
                place->passed_over + ")"};
  return {"journal's place", Verdict::good, place->folder.string() + " (in memory)"};
}

Check check_orphans(const std::string& option, const Environment& environment) {
  std::error_code error;
  const auto database = locate_database(option, environment, std::filesystem::current_path(error));
  const auto orphans = find_orphans(database.value_or(std::filesystem::path{}), HostRoot{});
  if (orphans.empty()) return {"journals", Verdict::good, "none is without its monitor"};
  return {"journals", Verdict::limited,
          fmt::format("{} without a monitor; `tidemark recover` stores what is in them",
                      orphans.size())};
}

Check check_database(const std::string& option, const Environment& environment) {
  std::error_code error;
  const auto file = locate_database(option, environment, std::filesystem::current_path(error));
  if (!file) return {"database", Verdict::missing, file.error().message};
  if (!std::filesystem::exists(*file, error))
    return {"database", Verdict::good, file->string() + " (not there yet: the first run makes it)"};
  const auto writable =
      Store::open(*file, {.create = false, .busy_wait = std::chrono::milliseconds{500}});
  if (writable) return {"database", Verdict::good, file->string()};
  const auto readable = Store::open(*file, {.read_only = true, .create = false});
  return {"database", readable ? Verdict::limited : Verdict::missing, writable.error().message};
}

std::vector<Check> all_checks(const DoctorOptions& options) {
  const HostRoot host;
  const SystemClock clock;
  const auto environment = process_environment();
  std::vector<Check> checks;
  const auto gpus = describe_gpus(host);
  const auto self = identify_process(host, ::getpid());
  auto sensors =
      self ? Sensors::open(host, *self, {}, clock) : Result<Sensors>{std::unexpected(self.error())};
  if (sensors) {
    sensors->sample();  // asks the PSS reader's thread for a first reading, which the next one has
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    const auto sample = sensors->sample();
    checks = check_pools(sample, sensors->cgroup_path(), gpus);
    checks.push_back(check_pressure(sample));
    checks.push_back(check_pss(sample));
    checks.push_back(check_oom_counter(sample));
  } else {
    checks = check_pools(HostSample{}, {}, gpus);
    checks.push_back({"machine", Verdict::missing, sensors.error().message});
  }
  checks.push_back(check_kernel_log(host));
  checks.push_back(check_protection(host, sensors ? sensors->cgroup_path() : std::string{}));
  checks.push_back(check_journal_place(options.database, environment));
  checks.push_back(check_orphans(options.database, environment));
  checks.push_back(check_database(options.database, environment));
  return checks;
}

}  // namespace

int doctor_command(const DoctorOptions& options) {
  const auto checks = all_checks(options);
  if (options.json) {
    auto list = nlohmann::json::array();
    for (const auto& check : checks)
      list.push_back({{"name", check.name},
                      {"verdict", std::string{name_of_verdict(check.verdict)}},
                      {"text", check.text}});
    fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  for (const auto& check : checks)
    fmt::print("{:<8} {:<16} {}\n", name_of_verdict(check.verdict), check.name, check.text);
  return 0;
}

}  // namespace tidemark
