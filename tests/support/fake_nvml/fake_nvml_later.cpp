// What later drivers added: memory with what is reserved, process lists with MIG instances, MIG
// itself, addressing modes, NUMA nodes.
#include <cstring>

#include "fake_nvml.h"

using namespace fake_nvml;

namespace {

struct Entry {
  unsigned int pid;
  unsigned long long used;
  unsigned int gpuInstanceId, computeInstanceId;
};
static_assert(sizeof(Entry) == 24);

int list_v3(const Device* device, const std::vector<Process>& list, unsigned* count, void* out) {
  if (const int code = enter(device)) return code;
  if (device->process_code == kNotSupported) return refuse();
  if (device->process_code != kSuccess) return device->process_code;
  const auto room = *count;
  *count = static_cast<unsigned>(list.size());
  if (list.size() > room) return kInsufficientSize;
  auto* place = static_cast<char*>(out);
  for (const auto& process : list) {
    const Entry entry{pid_of(process), process.used, 0xFFFFFFFF, 0xFFFFFFFF};
    std::memset(place, 0, machine().process_entry_bytes);
    std::memcpy(place, &entry, sizeof entry);
    place += machine().process_entry_bytes;
  }
  return kSuccess;
}

}  // namespace

extern "C" {

struct FakeMemoryV2 {
  unsigned int version;
  unsigned long long total, reserved, free, used;
};
int nvmlDeviceGetMemoryInfo_v2(Device* device, FakeMemoryV2* memory) {
  if (const int code = enter(device)) return code;
  if (memory->version != (sizeof(FakeMemoryV2) | (2U << 24U))) return 25;  // version mismatch
  if (device->memory_code == kNotSupported) return refuse();
  if (device->memory_code != kSuccess) return device->memory_code;
  memory->total = device->total;
  memory->reserved = device->reserved;
  memory->used = used_of(*device);
  memory->free = device->total - memory->used - device->reserved;
  return kSuccess;
}
int nvmlDeviceGetComputeRunningProcesses_v3(Device* device, unsigned* count, void* out) {
  return list_v3(device, device->compute, count, out);
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(Device* device, unsigned* count, void* out) {
  return list_v3(device, device->graphics, count, out);
}
int nvmlDeviceGetMigMode(Device* device, unsigned* current, unsigned* pending) {
  if (const int code = enter(device)) return code;
  *current = *pending = device->mig.empty() ? 0 : 1;
  return kSuccess;
}
int nvmlDeviceGetMaxMigDeviceCount(Device* device, unsigned* count) {
  if (const int code = enter(device)) return code;
  *count = device->mig.empty() ? 0 : 7;
  return kSuccess;
}
int nvmlDeviceGetMigDeviceHandleByIndex(Device* device, unsigned index, Device** slice) {
  if (const int code = enter(device)) return code;
  if (index >= device->mig.size()) return 6;  // not found
  *slice = &device->mig[index];
  return kSuccess;
}

struct FakeAddressingMode {
  unsigned int version, value;
};
int nvmlDeviceGetAddressingMode(Device* device, FakeAddressingMode* mode) {
  if (const int code = enter(device)) return code;
  if (mode->version != (sizeof(FakeAddressingMode) | (1U << 24U))) return 25;
  if (device->addressing < 0) return refuse();
  mode->value = static_cast<unsigned>(device->addressing);
  return kSuccess;
}
int nvmlDeviceGetNumaNodeId(Device* device, unsigned* node) {
  if (const int code = enter(device)) return code;
  if (device->numa_node < 0) return refuse();
  *node = static_cast<unsigned>(device->numa_node);
  return kSuccess;
}

}  // extern "C"
