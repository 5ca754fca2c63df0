// The GPUs that NVML knows, MIG slices in place of a GPU that is divided into them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "os/host_root.h"
#include "sensing/gpu/ask_later.h"
#include "sensing/gpu/gpu_reading.h"
#include "sensing/nvidia/memory_domain.h"
#include "sensing/nvidia/nvml_library.h"

namespace tidemark {

class NvmlBoard {
 public:
  /// `cuda_library`: asked where NVML leaves the kind of memory open; empty: never.
  static Result<NvmlBoard> open(const HostRoot& host, const GpuOptions& options, BootTime now);

  /// Reads every device. Fails when the driver knows no devices any more (it was unloaded, say):
  /// the board is then of no further use.
  Result<void> read(BootTime now);

  const std::vector<GpuReading>& readings() const { return readings_; }
  std::string driver_version() const { return nvml_.driver_version(); }

  /// The NUMA nodes that are the GPUs' own memory.
  std::vector<std::int32_t> numa_nodes() const;

 private:
  struct Device {
    NvmlDevice handle = nullptr;  // null: the driver refused it
    AskLater memory{}, utilization{}, processes{};
    MemoryEvidence evidence{};
    bool cuda_was_asked = false;
  };

  NvmlBoard(HostRoot host, NvmlLibrary nvml, std::string cuda_library)
      : host_(std::move(host)), nvml_(std::move(nvml)), cuda_library_(std::move(cuda_library)) {}
  Result<void> discover(BootTime now);
  void add(NvmlDevice handle, std::int32_t index, bool is_mig);
  void add_refused(std::int32_t index, const Error& error);
  void read_memory(Device& device, GpuReading& reading, BootTime now);
  void read_utilization(Device& device, GpuReading& reading, BootTime now);
  void read_processes(Device& device, GpuReading& reading, BootTime now);
  void judge(Device& device, GpuReading& reading);
  void ask_cuda_about(Device& device, const GpuReading& reading);
  void note_failure(const Error& error);

  HostRoot host_;
  NvmlLibrary nvml_;
  std::string cuda_library_;
  std::optional<Bytes> machine_total_{};
  std::vector<Device> devices_{};  // parallel to readings_
  std::vector<GpuReading> readings_{};
  bool handles_are_stale_ = false;  // a device is gone, or a MIG slice was made anew
  BootTime discovered_at_{};
};

}  // namespace tidemark
