// All the ways this machine has to say something of its GPUs. Used by one thread, which may have to
// wait for a driver.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"
#include "os/host_root.h"
#include "sensing/gpu/ask_later.h"
#include "sensing/gpu/gpu_reading.h"

namespace tidemark {

class GpuSources {
 public:
  GpuSources(HostRoot host, GpuOptions options);
  GpuSources(GpuSources&&) noexcept;
  ~GpuSources();

  /// Reads every device of every vendor. Drivers are looked for at the first call, and again,
  /// rarely, after one failed. `run_pids`: whose use of a device is worth a look that costs more.
  void read(BootTime now, std::span<const std::int32_t> run_pids);

  std::span<const GpuReading> readings() const { return readings_; }
  std::optional<CpulessMemory> cpuless() const { return cpuless_; }

  /// Why a driver that is there gives nothing, or that there is none, one line each.
  std::vector<std::string> notes() const;

  /// Nothing here has or will have anything to say.
  bool is_hopeless() const;

 private:
  struct Nvidia;
  struct Amd;
  void read_nvidia(BootTime now);
  HostRoot host_;
  GpuOptions options_;
  std::unique_ptr<Nvidia> nvidia_;
  std::unique_ptr<Amd> amd_;
  std::vector<GpuReading> readings_{};
  std::optional<CpulessMemory> cpuless_{};
};

/// The options without the real drivers' names where the host is a recorded tree.
GpuOptions options_for(const HostRoot& host, GpuOptions options);

}  // namespace tidemark
