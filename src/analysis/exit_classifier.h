// How a run ended, from everything that was seen of its end. Pure; part of the face (analysis.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "telemetry/client_word.h"
#include "telemetry/oom_record.h"
#include "telemetry/pools.h"
#include "telemetry/run.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// How the kernel says that a process ended (wait(2)); at most one of the two is there.
struct WaitOutcome {
  std::optional<std::int32_t> code{};
  std::optional<std::int32_t> signal{};
  std::string source{};  // "wait4", "pidfd", "the client's word in the log"
};

/// The exception that ended the trainer's output.
struct SeenError {
  std::string type{};     // as printed: "MemoryError", "torch.OutOfMemoryError"
  std::string message{};  // hostile text, bounded
  bool out_of_memory = false;
  std::optional<double> at{};  // unix seconds, where it was recorded
};

/// One kill by the kernel's OOM killer, as the kernel log tells it.
struct KernelKill {
  std::int32_t pid = 0;
  std::string name{};
  bool by_cgroup = false;         // a cgroup's limit; else the whole machine was out of memory
  std::string limiting_cgroup{};  // where the log names it
  std::string task_cgroup{};      // the victim's own, where the log names it
};

/// How long before the end each kind of sign was last seen, in seconds.
struct LastSigns {
  std::optional<double> sample{}, step{}, output{}, own_record{};
  std::optional<std::int64_t> step_number{};
};

/// A process that ever belonged to the run.
struct RunMember {
  std::int32_t pid = 0;
  std::string name{};
};

/// What was seen of the end. Everything may be absent; absent is not zero.
struct ExitFacts {
  bool still_runs = false;                // the trainer lives: kind `none`
  std::optional<WaitOutcome> outcome{};   // absent: nobody could reap it (attach on an old kernel)
  std::string outcome_unknown_because{};  // the reason, when there is no outcome
  std::vector<std::int32_t> signals_handed_on{};  // by the launcher, in order: the user asked

  std::optional<SeenError> exception{};  // what the output, or the trainer's own record, ended with
  bool keyboard_interrupt = false;       // KeyboardInterrupt was what ended it
  std::optional<bool> said_completed{};  // by the trainer's last record, through the journal
  bool client_stop = false;              // the client says that it stopped or requeued the job
  std::optional<ClientWord> client_word{};  // what its table says of the job after the end
  bool machine_restarted = false;           // between the last record and the next look
  bool output_seen = false;                 // its output could be read at all
  LastSigns last_signs{};

  std::vector<KernelKill> kernel_kills{};  // during the run, anybody's
  bool kernel_log_readable = false;
  LogNames log_names{};
  std::vector<OomDaemonKill> daemon_kills{};  // during the run, anybody's
  std::vector<std::string> gpu_errors{};      // the kernel log's words of failing devices
  std::string cgroup{};                       // the trainer's, as /proc/PID/cgroup names it
  OomLevels oom_levels{};
  std::int32_t main_pid = 0;
  std::vector<RunMember> members{};
  /// Growth during the run. Leaf: memory.events `oom_kill` of the trainer's own cgroup, which
  /// counts its members whatever limit killed them. Limit hits: at the limiting ancestor. Host:
  /// /proc/vmstat.
  std::optional<std::uint64_t> cgroup_oom_kills{}, cgroup_limit_hits{}, host_oom_kills{};
  /// The host's growth after the last sample that showed the trainer alive, where it is known.
  std::optional<std::uint64_t> host_oom_kills_at_end{};
  std::int64_t workers_lost = 0;            // workers known to have died of a signal
  std::vector<PoolUse> last_pools{};        // in the last sample with the trainer alive
  std::optional<bool> reached_last_step{};  // absent: the number of steps is not known
};

/// The same of the last sample, for `ExitFacts`, which know the machine's memory as `host` whoever
/// shares it.
std::vector<PoolUse> pools_at_exit(const SampleRow& last);

/// The first kind of analysis.schema.json's list that holds, with its evidence, strongest first,
/// doubts spelled out. The rules and what each needs are told in docs/analysis.md.
RunExit classify_exit(const ExitFacts& facts);

/// What can be said of a run that has no recorded end.
enum class Unended : std::uint8_t {
  lost,       // trainer and monitor are gone (or the machine was started anew)
  recording,  // its monitor lives
  unwatched,  // the monitor is gone, the trainer lives
  elsewhere,  // recorded on another machine: cannot be told from here
};
RunExit exit_without_end(Unended state);

}  // namespace tidemark
