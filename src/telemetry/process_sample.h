// What one process of the run held when it was looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace tidemark {

/// A process for its whole life: the pid alone is reused by the kernel, the pair is not.
struct ProcessIdentity {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;  // /proc/PID/stat field 22: clock ticks after boot
  friend auto operator<=>(const ProcessIdentity&, const ProcessIdentity&) = default;
};

enum class ProcessRole : std::uint8_t {
  main,    // the trainer itself
  worker,  // design.md: same executable and not exec'ed since its fork, or a multiprocessing child
  child,   // any other living descendant
};

/// How a process's PSS in a sample was obtained.
enum class PssBasis : std::uint8_t {
  none,      // not to be had (no permission, or tracking is off): RSS stands in
  measured,  // smaps_rollup was read for this sample
  scaled,    // this sample's RSS times the PSS/RSS ratio of the last read
  pending,  // will be read soon: it is new, or who shares its pages has changed; RSS does not stand
            // in
  kernel,   // the account that the kernel gave of a kill: each page once, those that the run shares
            // after a fork with the main process
};

/// Of that very moment, and neither scaled nor guessed.
constexpr bool is_exact(PssBasis basis) {
  return basis == PssBasis::measured || basis == PssBasis::kernel;
}

struct ProcessSample {
  ProcessIdentity id{};
  ProcessRole role = ProcessRole::child;
  std::string name{};                // comm, at most 15 bytes, the trainer's own choice: hostile
  std::optional<Bytes> rss{};        // never add RSS over processes
  std::optional<Bytes> peak_rss{};   // VmHWM
  std::optional<Bytes> rss_anon{};   // RssAnon
  std::optional<Bytes> rss_file{};   // RssFile
  std::optional<Bytes> rss_shmem{};  // RssShmem: pinned and shared memory
  std::optional<Bytes> swap{};       // VmSwap
  std::optional<Bytes> pss{};        // see pss_basis
  std::optional<Bytes> uss{};        // Private_Clean + Private_Dirty, scaled like PSS
  PssBasis pss_basis = PssBasis::none;
  std::optional<std::uint64_t> cpu_ticks_total{};  // utime + stime of /proc/PID/stat
  std::optional<std::uint64_t>
      major_faults_total{};  // majflt of /proc/PID/stat: its pages came from a disk
};

}  // namespace tidemark
