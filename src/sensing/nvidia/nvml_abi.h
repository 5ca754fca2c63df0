// The part of NVML's binary interface that is used here, after nvml.h of API version 13. NVML keeps
// its functions and their structures for ever: a new layout comes under a new name (_v2, _v3).
#pragma once

#include <cstdint>

namespace tidemark::nvml {

using Device = void*;
using Return = int;

inline constexpr Return kSuccess = 0;
inline constexpr Return kUninitialized = 1;
inline constexpr Return kInvalidArgument = 2;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNoPermission = 4;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kFunctionNotFound = 13;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kResetRequired = 16;
inline constexpr Return kVersionMismatch = 18;  // library and kernel module are of two drivers
inline constexpr Return kUnknown = 999;

inline constexpr std::uint64_t kNotAvailable = ~std::uint64_t{0};  // a value that is not to be had
inline constexpr unsigned kNameBytes = 96;
inline constexpr unsigned kUuidBytes = 96;
inline constexpr unsigned kVersionBytes = 80;

struct Memory {
  std::uint64_t total, free, used;  // used: reserved and allocated
};

struct MemoryV2 {
  std::uint32_t version;
  std::uint64_t total, reserved, free, used;  // used: allocated; reserved is beside it
};
inline constexpr std::uint32_t kMemoryV2 = sizeof(MemoryV2) | (2U << 24);

struct Utilization {
  std::uint32_t gpu, memory;  // percent of the last sample period, 1/6 s to 1 s
};

struct PciInfo {
  char bus_id_legacy[16];
  std::uint32_t domain, bus, device, device_id, subsystem_id;
  char bus_id[32];  // "00000000:01:00.0"
};

struct ProcessV1 {
  std::uint32_t pid;
  std::uint64_t used;
};
struct ProcessV2 {  // of the functions _v2 and _v3
  std::uint32_t pid;
  std::uint64_t used;
  std::uint32_t gpu_instance, compute_instance;
};
struct ProcessV3Of535 {  // of _v3 in the first drivers of the 535 series alone
  ProcessV2 process;
  std::uint64_t protected_used;
};

struct AddressingMode {
  std::uint32_t version, value;
};
inline constexpr std::uint32_t kAddressingModeV1 = sizeof(AddressingMode) | (1U << 24);

static_assert(sizeof(Memory) == 24 && sizeof(MemoryV2) == 40);
static_assert(sizeof(PciInfo) == 68);
static_assert(sizeof(ProcessV1) == 16 && sizeof(ProcessV2) == 24 && sizeof(ProcessV3Of535) == 32);

}  // namespace tidemark::nvml
