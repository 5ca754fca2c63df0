#include <algorithm>
#include <string>
#include <string_view>

#include "clients/clients.h"
#include "os/process_watch.h"

namespace tidemark {
namespace {

/// /proc/PID/environ and cmdline: words that end with a NUL byte (proc(5)).
template <class Use>
bool any_word(std::string_view text, Use use) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\0'), text.size());
    if (use(text.substr(0, end))) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

enum class Says { yes, no, nothing };

// ui/cron/actions/startJob.ts gives every job AITK_JOB_ID.
Says environment_says(const std::string& environment, const ClientJob& job) {
  constexpr std::string_view kName = "AITK_JOB_ID=";
  Says says = Says::nothing;
  any_word(environment, [&](std::string_view word) {
    if (!word.starts_with(kName)) return false;
    says = word.substr(kName.size()) == job.id ? Says::yes : Says::no;
    return true;
  });
  return says;
}

// ... and starts `run.py <training folder>/<job name>/.job_config.json`.
bool command_says(const std::string& command, const ClientJob& job) {
  const auto file = "/" + job.name + "/.job_config.json";
  return any_word(command, [&file](std::string_view word) { return word.ends_with(file); });
}

}  // namespace

Result<ProcessIdentity> find_job_process(const HostRoot& host, const ClientJob& job) {
  if (!job.pid) return fail(Errc::not_found, "job " + job.name + " has no process yet");
  const auto folder = "proc/" + std::to_string(*job.pid);
  const auto before = identify_process(host, *job.pid);
  if (!before) return std::unexpected(before.error());
  const auto environment = host.read(folder + "/environ");
  const auto command = host.read(folder + "/cmdline");
  auto says = environment ? environment_says(*environment, job) : Says::nothing;
  if (says == Says::nothing && command && command_says(*command, job)) says = Says::yes;
  if (says != Says::yes)
    return fail(Errc::invalid, "process " + std::to_string(*job.pid) + " is not job " + job.name +
                                   "'s: the table's pid is of an earlier start");
  // What was read is of the process that has the pid now: the same as before?
  const auto after = identify_process(host, *job.pid);
  if (!after) return std::unexpected(after.error());
  if (*after != *before) return fail(Errc::gone, "the process ended while it was looked at");
  return *after;
}

}  // namespace tidemark
