// What this host is able to report about a run: machine, cgroup, processes. A source that the
// machine lacks makes its fields absent; it never stops the others.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "core/time.h"
#include "os/host_root.h"
#include "telemetry/host_sample.h"
#include "telemetry/oom_record.h"

namespace tidemark {

/// Where the GPUs' drivers are asked. The defaults are this machine's and are used on the live
/// machine alone: a recorded tree has no driver unless a test names one. An empty name: never
/// asked.
struct GpuOptions {
  std::string nvml_library = "libnvidia-ml.so.1";
  std::string cuda_library = "libcuda.so.1";  // asked only when NVML leaves the kind of memory open
  std::string nvidia_smi = "nvidia-smi";      // used only where there is no NVML
  friend bool operator==(const GpuOptions&, const GpuOptions&) = default;
};

struct SensorOptions {
  bool track_per_process = true;     // off: only the main process, no workers, no PSS
  double pss_budget_ratio = 0.0004;  // share of wall time that reading smaps_rollup may take
  GpuOptions gpu{};
};

/// The cheap look between samples: the pool that is closest to its limit.
struct QuickLook {
  Bytes used{};
  Bytes limit{};
};

/// Reads one run: its machine, its main process and all descendants of the trainer. The main
/// process is the trainer itself, or, where that only waits (`bash train.sh`, `accelerate launch`),
/// the head of the family that holds most memory (family/family_roles.h has the rule); cgroup,
/// /dev/shm and limits are the main process's. Used by one thread; what is slow (smaps_rollup, the
/// GPUs' drivers) runs on threads of its own, each leaving its latest answer in a slot, so that a
/// tick never waits for it.
class Sensors {
 public:
  /// `trainer` is the process that was started or attached to. Fails only when it is already gone.
  /// `clock` outlives the result.
  static Result<Sensors> open(HostRoot host, ProcessIdentity trainer, SensorOptions options,
                              const Clock& clock);
  Sensors(Sensors&&) noexcept;
  Sensors& operator=(Sensors&&) noexcept;
  ~Sensors();

  /// A full reading. After the trainer's end it still reports host and cgroup (through descriptors
  /// kept open), with no processes.
  HostSample sample();

  /// The pool that is closest to its limit, of the machine and the cgroup, in a few microseconds;
  /// absent when neither is readable. The cgroup's file cache is the last sample's until that
  /// matters.
  std::optional<QuickLook> quick_look();

  /// True when a process of the run has started or has ended since the last `sample()`; costs a
  /// read of /proc/loadavg (its last field is the newest pid), a poll of the members' pidfds, and,
  /// when anything at all was started on the machine, a look at what it was.
  bool family_changed();

  /// The main process's memory cgroup as /proc/PID/cgroup names it to us
  /// ("/user.slice/run-1.scope"); empty: none.
  std::string cgroup_path() const;

  /// What that cgroup and its ancestors counted of kills for want of memory since the main process
  /// was first seen in it. Reads some files a level: for the end of a run, not for a tick.
  OomLevels oom_levels();

  /// What could not be read and what to do about it (PSS without permission), in one line, each
  /// once.
  std::optional<std::string> take_notice();

 private:
  struct State;
  explicit Sensors(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A value that a device does not give, and why.
struct GpuAbsence {
  std::string what{};  // "memory", "utilization", "processes"
  std::string why{};
};

struct GpuDescription {
  GpuSample sample{};
  std::string bus_id{};
  std::string source{};           // "NVML", "nvidia-smi", "amdgpu"
  std::string domain_evidence{};  // what `sample.domain` was concluded from
  std::vector<GpuAbsence> absent{};
};

/// All GPUs of the machine, whoever uses them.
struct GpuReport {
  std::vector<GpuDescription> gpus{};
  std::vector<std::string> notes{};  // why a driver gives nothing, one line each
  std::optional<CpulessMemory> cpuless{};
};

/// For people: asks every driver once, and gives up on one that does not answer in time.
GpuReport describe_gpus(const HostRoot& host, const GpuOptions& options = {},
                        std::chrono::milliseconds patience = std::chrono::seconds{3});

/// One kill by the kernel's OOM killer, from the kernel log.
struct OomKill {
  std::int32_t pid = 0;
  std::string name{};             // the victim's comm
  bool by_cgroup = false;         // a cgroup's limit; else the whole machine was out of memory
  std::string limiting_cgroup{};  // whose limit it was, where the log names it
  std::string task_cgroup{};      // the victim's own, where the log names it
  std::optional<Bytes> anon_rss{};
  std::optional<OomReport> report{};  // of several victims of one account with the first
};

/// What the kernel log had since it was last asked.
struct KernelLogNews {
  std::vector<OomKill> oom_kills{};
  std::vector<OomDaemonKill> daemon_kills{};  // written there by root's programs, not by the kernel
  std::vector<std::string> gpu_errors{};      // NVIDIA's Xid and NVRM, resets of amdgpu; a few
};

/// /dev/kmsg from the moment it was opened. Readable by root, or by all where dmesg_restrict is 0.
class KernelLog {
 public:
  static Result<KernelLog> open(const HostRoot& host);
  KernelLog(KernelLog&&) noexcept;
  KernelLog& operator=(KernelLog&&) noexcept;
  ~KernelLog();
  /// What was logged since the last call (or since `open`); never blocks.
  KernelLogNews take_news();

 private:
  struct State;
  explicit KernelLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether the kernel log's pids and cgroup names are the ones that are seen from here.
LogNames read_log_names(const HostRoot& host);

/// The kills that systemd-oomd and earlyoom told the system's journal of since `unix_seconds`. Runs
/// `journalctl` (a command's name, looked up in PATH) for two seconds at most; nothing where it is
/// missing or may not read the system's messages.
std::vector<OomDaemonKill> read_daemon_kills(const std::string& journalctl, double unix_seconds);

/// PSS and CPU time of one process (the monitor reports its own cost with it).
struct OwnCost {
  std::optional<Bytes> pss{};
  double cpu_seconds = 0;
};
OwnCost read_own_cost(const HostRoot& host);

/// What people are told of this system's sources: why one is not there, and what PSS is read from.
struct SourceWords {
  std::string_view no_memory{}, no_cgroup{}, no_limits{}, no_shm{}, no_pressure{}, no_oom_counter{};
  std::string_view pss{}, no_pss{};
};
SourceWords source_words();

/// Host name and boot id, for the run's row.
struct HostIdentity {
  std::string name{};
  std::string boot_id{};
};
HostIdentity read_host_identity(const HostRoot& host);

}  // namespace tidemark
