// SIGKILL from outside, as shells, PyTorch, torchrun, DeepSpeed, MPI, Slurm, Ray, Kubernetes and
// the kernel tell it. The text proves the signal alone; memory is by far the usual reason.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"is killed by signal: Killed", host_oom_kill, anywhere},
    Pattern{"terminated with signal SIGKILL", host_oom_kill, anywhere},
    Pattern{"Signal 9 (SIGKILL)", host_oom_kill, anywhere, weak},
    Pattern{"signal 9 (SIGKILL)", host_oom_kill, anywhere, weak},
    Pattern{"(exitcode: -9)", host_oom_kill, anywhere, weak},
    Pattern{"exitcode  : -9", host_oom_kill, anywhere, weak},
    Pattern{"exitcode: -9", host_oom_kill, anywhere, weak},
    Pattern{"exit code -9", host_oom_kill, anywhere, weak},
    Pattern{"exit code: -9", host_oom_kill, anywhere, weak},
    Pattern{"return code = -9", host_oom_kill, anywhere, weak},
    Pattern{"returncode = -9", host_oom_kill, anywhere, weak},
    Pattern{"exit status -9", host_oom_kill, anywhere, weak},
    Pattern{"died with <Signals.SIGKILL: 9>", host_oom_kill, anywhere, weak},
    Pattern{"exit code 137", host_oom_kill, anywhere, weak},
    Pattern{"exit code: 137", host_oom_kill, anywhere, weak},
    Pattern{"Exited with exit code 137", host_oom_kill, anywhere, weak},
    Pattern{"non-zero exit status 137", host_oom_kill, anywhere, weak},
    Pattern{"exit with status code 137", host_oom_kill, anywhere, weak},
    Pattern{"exit codes: 137", host_oom_kill, anywhere, weak},
    Pattern{"exited on signal 9", host_oom_kill, anywhere, weak},
    Pattern{"exited with signal 9", host_oom_kill, anywhere, weak},
    Pattern{"KILLED BY SIGNAL: 9", host_oom_kill, anywhere, weak},
    Pattern{"EXIT CODE: 9", host_oom_kill, anywhere, weak},
    Pattern{"SIGKILL(-9)", host_oom_kill, anywhere},
    Pattern{"oom-kill event", host_oom_kill, anywhere},
    Pattern{"oom_kill event", host_oom_kill, anywhere},
    Pattern{"have been OOM Killed", host_oom_kill, anywhere},
    Pattern{": Out Of Memory", host_oom_kill, anywhere, decisive, "task"},
    Pattern{"OOMKilled", host_oom_kill, anywhere},
    Pattern{"Out of memory: Kill", host_oom_kill, anywhere},
    Pattern{"Memory cgroup out of memory", host_oom_kill, anywhere},
    Pattern{"exceeded memory limit", host_oom_kill, anywhere},
    Pattern{"Exceeded job memory limit", host_oom_kill, anywhere},
    Pattern{"Exceeded step memory limit", host_oom_kill, anywhere},
    Pattern{"killed due to the node running low on memory", host_oom_kill, anywhere},
    Pattern{"killed due to memory pressure", host_oom_kill, anywhere},
    Pattern{"killed by the cgroup out-of-memory handler", host_oom_kill, anywhere},
    Pattern{"Worker exceeded 95% memory budget", host_oom_kill, anywhere},
    Pattern{"TERM_MEMLIMIT", host_oom_kill, anywhere},
    Pattern{"Killed: 9", host_oom_kill, anywhere},
    Pattern{"zsh: killed ", host_oom_kill, anywhere},
    Pattern{"terminated by signal 9", host_oom_kill, anywhere, weak},
    Pattern{"Command exited with non-zero status 137", host_oom_kill, anywhere, weak},
    Pattern{"Exit code is 137", host_oom_kill, anywhere, weak},
    // The kernel's log (mm/oom_kill.c), systemd (core/unit.c, oomd-manager.c), earlyoom's kill.c.
    Pattern{"invoked oom-killer: ", host_oom_kill, anywhere},
    Pattern{"oom-kill:constraint=", host_oom_kill, anywhere},
    Pattern{"oom_reaper: reaped process", host_oom_kill, anywhere},
    Pattern{"has been killed by the OOM killer", host_oom_kill, anywhere},
    Pattern{"Failed with result 'oom-kill'", host_oom_kill, anywhere},
    Pattern{"code=killed, status=9/KILL", host_oom_kill, anywhere, weak},
    Pattern{"systemd-oomd", host_oom_kill, anywhere, decisive, "Killed "},
    Pattern{"systemd-oomd killed ", host_oom_kill, anywhere},
    Pattern{"low memory! at or below SIG", host_oom_kill, anywhere},
    Pattern{" to process ", host_oom_kill, anywhere, decisive, "VmRSS "},
    // Batch systems and notebooks.
    Pattern{"PBS: job killed: mem ", host_oom_kill, anywhere},
    Pattern{"PBS: job killed: vmem ", host_oom_kill, anywhere},
    Pattern{"tried to allocate more memory than is available. It has restarted", host_oom_kill,
            anywhere},
    Pattern{"crashed after using all available RAM", host_oom_kill, anywhere},
    Pattern{"The node was low on resource: memory", host_oom_kill, anywhere},
    Pattern{"KilledWorker", host_oom_kill, raised, weak},
    Pattern{"subprocesses has abruptly died during map", host_oom_kill, raised, weak},
};

}  // namespace

std::span<const Pattern> killed_patterns() {
  return kPatterns;
}

}  // namespace tidemark
