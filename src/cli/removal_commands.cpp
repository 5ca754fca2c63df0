// rm and prune: what was recorded and is no longer wanted.
#include <charconv>
#include <cstdio>
#include <string_view>

#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "os/system_clock.h"

namespace tidemark {

namespace {

// Its monitor would go on storing rows of a run that is no more.
Result<void> refuse_if_recorded(Store& store, const std::string& job_id) {
  const auto unended = store.unended_runs();
  if (!unended) return std::unexpected(unended.error());
  for (const auto& run : *unended)
    if (run.key.job_id == job_id && unended_state(run, HostRoot{}) == Unended::recording)
      return fail(Errc::busy, "job " + run.info.job_name + " is being recorded, by process " +
                                  std::to_string(run.info.monitor.pid) +
                                  "; it can be removed once that has ended");
  return {};
}

}  // namespace

int remove_command(const RemoveOptions& options) {
  auto store = open_store(options.database, Access::write);
  if (!store) return fail_with(store.error());
  const auto job_id = store->resolve_job(options.job);
  if (!job_id) return fail_with(job_id.error());
  if (const auto free = refuse_if_recorded(*store, *job_id); !free) return fail_with(free.error());
  if (const auto removed = store->remove_job(*job_id); !removed) return fail_with(removed.error());
  say("removed job " + *job_id);
  return 0;
}

int prune_command(const PruneOptions& options) {
  const auto age = parse_age_seconds(options.older_than);
  if (!age) {
    say("--older-than " + options.older_than + ": give a number with s, m, h, d or w, as in 90d");
    return 2;
  }
  auto store = open_store(options.database, Access::write);
  if (!store) return fail_with(store.error());
  const double now = to_seconds(SystemClock{}.wall() - WallTime{});
  const auto removed = store->prune(now - *age, options.keep_last);
  if (!removed) return fail_with(removed.error());
  say("removed " + std::to_string(*removed) + (*removed == 1 ? " run" : " runs"));
  return 0;
}

}  // namespace tidemark
