#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands.h"
#include "cli/database_location.h"
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

enum class Verdict { good, limited, missing };

/// One line of the answer: what was looked at, what it offers, or why it cannot be read.
struct Check {
  std::string name;
  Verdict verdict;
  std::string text;
};

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

Check check_host(const HostSample& sample) {
  if (!sample.memory) return {"pool host", Verdict::missing, "/proc/meminfo cannot be read"};
  const auto& memory = *sample.memory;
  auto text = fmt::format("{} in all, {} used, {} available", format_bytes(memory.total),
                          format_bytes(memory.used()), format_bytes(memory.available));
  if (memory.swap_total && memory.swap_total->count > 0)
    text += fmt::format(", {} swap", format_bytes(*memory.swap_total));
  else
    text += ", no swap";
  return {"pool host", Verdict::good, text};
}

Check check_cgroup(const HostSample& sample, const Sensors& sensors) {
  if (!sample.cgroup)
    return {"pool cgroup", Verdict::missing, "no memory cgroup is visible to this process"};
  const auto& cgroup = *sample.cgroup;
  const auto where = sensors.cgroup_path();
  if (!cgroup.limit)
    return {"pool cgroup", Verdict::good, "no limit below the machine's (" + where + ")"};
  return {"pool cgroup", Verdict::good,
          fmt::format("limit {}, working set {} ({})", format_bytes(*cgroup.limit),
                      cgroup.working_set ? format_bytes(*cgroup.working_set) : "unknown", where)};
}

Check check_oom_counter(const HostSample& sample) {
  if (sample.cgroup && sample.cgroup->oom_kill_total)
    return {"OOM kills", Verdict::good,
            "counted by the cgroup: a kill is told from a plain SIGKILL"};
  if (sample.counters.oom_kill_total)
    return {"OOM kills", Verdict::limited,
            "only the machine's counter: another program's kill looks the same"};
  return {"OOM kills", Verdict::missing, "this kernel counts none (4.13 and later do)"};
}

Check check_shm(const HostSample& sample) {
  if (!sample.shm) return {"pool shm", Verdict::missing, "/dev/shm cannot be read"};
  const bool small = sample.shm->total < gib(1);
  return {
      "pool shm", small ? Verdict::limited : Verdict::good,
      fmt::format(
          "/dev/shm {}, {} used{}", format_bytes(sample.shm->total), format_bytes(sample.shm->used),
          small ? "; DataLoader workers with large batches need more (docker: --shm-size)" : "")};
}

Check check_limits(const HostSample& sample) {
  if (!sample.limits) return {"pool process", Verdict::missing, "/proc/self/limits cannot be read"};
  if (sample.limits->address_space_limit)
    return {"pool process", Verdict::limited,
            "RLIMIT_AS is " + format_bytes(*sample.limits->address_space_limit) + " (ulimit -v)"};
  if (sample.limits->data_limit)
    return {"pool process", Verdict::limited,
            "RLIMIT_DATA is " + format_bytes(*sample.limits->data_limit) + " (ulimit -d)"};
  return {"pool process", Verdict::good, "no RLIMIT_AS, no RLIMIT_DATA"};
}

Check check_pressure(const HostSample& sample) {
  if (sample.cgroup && sample.cgroup->pressure)
    return {"pressure (PSI)", Verdict::good, "of the cgroup"};
  if (sample.pressure) return {"pressure (PSI)", Verdict::good, "of the machine"};
  return {"pressure (PSI)", Verdict::missing,
          "this kernel has none, or it is off (boot with psi=1)"};
}

Check check_pss(const HostSample& sample) {
  for (const auto& process : sample.processes)
    if (process.pss)
      return {"PSS", Verdict::good,
              "smaps_rollup can be read: workers are told apart from shared pages"};
  return {"PSS", Verdict::limited,
          "not read yet, or smaps_rollup is not permitted: RSS stands in and is marked so"};
}

Check check_gpu(const GpuDescription& gpu) {
  const auto& sample = gpu.sample;
  auto text = fmt::format("{} by {}, ", sample.name.empty() ? sample.id : sample.name, gpu.source);
  if (sample.memory_used && sample.memory_total)
    text += fmt::format("{} of {} used", format_bytes(*sample.memory_used),
                        format_bytes(*sample.memory_total));
  else if (sample.memory_held)
    text += fmt::format("programs hold {}", format_bytes(*sample.memory_held));
  else
    text += "memory unknown";
  text += fmt::format("; {} memory: {}", name_of(sample.domain), gpu.domain_evidence);
  bool limited = sample.domain == MemoryDomain::unknown;
  for (const auto& [what, why] : gpu.absent) {
    text += fmt::format("; no {}: {}", what, why);
    limited = limited || !(what == "memory" && sample.domain == MemoryDomain::unified);
  }
  return {fmt::format("pool gpu {}", sample.device_index),
          limited ? Verdict::limited : Verdict::good, text};
}

void add_gpu_checks(std::vector<Check>& checks, const HostRoot& host) {
  const auto report = describe_gpus(host);
  for (const auto& gpu : report.gpus) checks.push_back(check_gpu(gpu));
  std::string notes;
  for (const auto& note : report.notes) notes += (notes.empty() ? "" : "; ") + note;
  if (report.gpus.empty()) checks.push_back({"pool gpu", Verdict::missing, notes});
  if (report.cpuless)
    checks.push_back({"NUMA nodes", Verdict::good,
                      fmt::format("{} without CPUs, inside the machine's total{}",
                                  format_bytes(report.cpuless->total),
                                  report.cpuless->of_gpus ? ": the GPUs' own memory" : "")});
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
  const auto self = identify_process(host, ::getpid());
  auto sensors =
      self ? Sensors::open(host, *self, {}, clock) : Result<Sensors>{std::unexpected(self.error())};
  if (sensors) {
    sensors->sample();  // asks the PSS reader's thread for a first reading, which the next one has
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    const auto sample = sensors->sample();
    checks = {check_host(sample),       check_cgroup(sample, *sensors), check_limits(sample),
              check_shm(sample),        check_pressure(sample),         check_pss(sample),
              check_oom_counter(sample)};
  } else {
    checks.push_back({"machine", Verdict::missing, sensors.error().message});
  }
  add_gpu_checks(checks, host);
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
