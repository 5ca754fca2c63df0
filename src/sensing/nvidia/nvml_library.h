// NVML, loaded while the program runs. What this library's version lacks is `unsupported`, as is
// what the device does not offer; nothing here stops the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "os/dynamic_library.h"
#include "sensing/gpu/gpu_reading.h"

namespace tidemark {

using NvmlDevice = void*;

struct NvmlMemory {
  Bytes total{};
  Bytes used{};
  std::optional<Bytes> reserved{};  // absent: an old library, whose `used` has it inside
};

/// How the device reaches memory that the host allocated.
enum class AddressingMode : std::uint8_t {
  none,
  hmm,  // by mirroring the host's page tables in software
  ats,  // by walking the host's page tables itself
};

class NvmlLibrary {
 public:
  /// Loads and initialises it: may take seconds where no program holds the driver yet. `not_found`
  /// or `unsupported` where there is no such library; another code where its driver refuses now.
  static Result<NvmlLibrary> load(const std::string& name);
  NvmlLibrary(NvmlLibrary&&) noexcept;
  NvmlLibrary& operator=(NvmlLibrary&&) = delete;
  NvmlLibrary(const NvmlLibrary&) = delete;
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;
  ~NvmlLibrary();

  std::string driver_version() const;
  Result<std::uint32_t> device_count() const;
  Result<NvmlDevice> device(std::uint32_t index) const;
  Result<std::string> uuid(NvmlDevice device) const;
  Result<std::string> name(NvmlDevice device) const;
  Result<std::string> bus_id(NvmlDevice device) const;  // "0000:01:00.0", as sysfs has it

  Result<NvmlMemory> memory(NvmlDevice device) const;
  Result<double> utilization_ratio(NvmlDevice device) const;

  /// Replaces `processes` by those with a compute or a graphics context; one that has both is there
  /// once. Fails when neither list is to be had.
  Result<void> read_processes(NvmlDevice device, std::vector<GpuProcessReading>& processes) const;

  /// The MIG devices of a GPU; empty where MIG is off or unknown.
  std::vector<NvmlDevice> mig_devices(NvmlDevice device) const;
  bool mig_is_on(NvmlDevice device) const;

  Result<AddressingMode> addressing_mode(NvmlDevice device) const;
  Result<std::int32_t> numa_node(NvmlDevice device) const;  // of the device's own memory

 private:
  struct Functions;
  NvmlLibrary(DynamicLibrary library, std::unique_ptr<Functions> functions);
  void find_process_lists();
  Error error_of(int code, const char* what) const;
  Result<std::string> text(int (*function)(NvmlDevice, char*, unsigned), NvmlDevice device,
                           const char* what) const;

  DynamicLibrary library_;
  std::unique_ptr<Functions> functions_;  // null once moved from
};

/// "00000000:01:00.0" and "0000:01:00.0" are one place; sysfs and CUDA write the latter, in lower
/// case. Empty when it is neither.
std::string short_bus_id(std::string_view bus_id);

}  // namespace tidemark
