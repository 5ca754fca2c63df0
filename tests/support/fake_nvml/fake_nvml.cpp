// A stand-in for libnvidia-ml.so: the functions that every driver in use has. Its structures are
// written down here a second time, from NVIDIA's header, so that a mistake in the project's own
// shows.
#include "fake_nvml.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>
#include <thread>

namespace fake_nvml {

Machine& machine() {
  static Machine instance;
  return instance;
}

int enter(const Device* device) {
  auto& m = machine();
  ++m.calls;
  while (m.hangs) std::this_thread::sleep_for(std::chrono::milliseconds{2});
  if (m.fails) return kUnknown;
  if (m.lost && device == m.devices.data()) return kGpuIsLost;
  return kSuccess;
}

void play_what_the_environment_names() {
  const char* const scenario = std::getenv("FAKE_NVML_SCENARIO");
  if (scenario != nullptr && machine().devices.empty()) fake_nvml_play(scenario);
}

unsigned pid_of(const Process& process) {
  const char* const file = std::getenv("FAKE_NVML_PID_FILE");
  if (file == nullptr || process.pid != 7) return process.pid;
  unsigned pid = process.pid;
  std::ifstream{file} >> pid;
  return pid;
}

std::uint64_t used_of(const Device& device) {
  const char* const file = std::getenv("FAKE_NVML_PID_FILE");
  std::uint64_t used = device.used;
  if (file == nullptr || std::ifstream{file}.good()) return used;
  for (const auto& process : device.compute)
    if (process.pid == 7 && process.used <= used) used -= process.used;
  return used;
}

int refuse() {
  ++machine().refused;
  return kNotSupported;
}

namespace {

int copy_text(const std::string& text, char* out, unsigned length) {
  if (text.size() >= length) return kInsufficientSize;
  std::strcpy(out, text.c_str());
  return kSuccess;
}

struct ProcessV1 {
  unsigned int pid;
  unsigned long long used;
};

}  // namespace
}  // namespace fake_nvml

using namespace fake_nvml;

extern "C" {

void fake_nvml_set(const char* what, bool on) {
  const std::string_view name{what};
  auto& m = machine();
  if (name == "fails") m.fails = on;
  if (name == "lost") m.lost = on;
  if (name == "hangs") m.hangs = on;
}
int fake_nvml_calls() {
  return machine().calls;
}
int fake_nvml_refused() {
  return machine().refused;
}

int nvmlInit_v2() {
  play_what_the_environment_names();
  const int code = enter(nullptr);
  return code != kSuccess ? code : machine().init_code;
}
// Counted, as the last that a thread asks for: who has seen the count has seen all that came
// before.
int nvmlShutdown() {
  ++machine().calls;
  return kSuccess;
}
const char* nvmlErrorString(int code) {
  switch (code) {
    case kNotSupported:
      return "Not Supported";
    case kNoPermission:
      return "Insufficient Permissions";
    case kDriverNotLoaded:
      return "Driver Not Loaded";
    case kGpuIsLost:
      return "GPU is lost";
    default:
      return "Unknown Error";
  }
}
int nvmlSystemGetDriverVersion(char* out, unsigned length) {
  return copy_text("580.173.02", out, length);
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  if (const int code = enter(nullptr)) return code;
  *count = static_cast<unsigned>(machine().devices.size());
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device** handle) {
  auto& device = machine().devices.at(index);
  if (const int code = enter(&device)) return code;
  if (device.handle_code != kSuccess) return device.handle_code;
  *handle = &device;
  return kSuccess;
}
int nvmlDeviceGetUUID(Device* device, char* out, unsigned length) {
  if (const int code = enter(device)) return code;
  return copy_text(device->uuid, out, length);
}
int nvmlDeviceGetName(Device* device, char* out, unsigned length) {
  if (const int code = enter(device)) return code;
  return copy_text(device->name, out, length);
}

struct FakePciInfo {
  char busIdLegacy[16];
  unsigned int domain, bus, device, pciDeviceId, pciSubSystemId;
  char busId[32];
};
int nvmlDeviceGetPciInfo_v3(Device* device, FakePciInfo* info) {
  if (const int code = enter(device)) return code;
  std::snprintf(info->busIdLegacy, sizeof info->busIdLegacy, "%04X:%02X:00.0", device->domain,
                device->bus);
  std::snprintf(info->busId, sizeof info->busId, "%08X:%02X:00.0", device->domain, device->bus);
  return kSuccess;
}

struct FakeMemory {
  unsigned long long total, free, used;
};
int nvmlDeviceGetMemoryInfo(Device* device, FakeMemory* memory) {
  if (const int code = enter(device)) return code;
  if (device->memory_code == kNotSupported) return refuse();
  if (device->memory_code != kSuccess) return device->memory_code;
  const auto used = used_of(*device) + device->reserved;
  *memory = {device->total, device->total - used, used};
  return kSuccess;
}

struct FakeUtilization {
  unsigned int gpu, memory;
};
int nvmlDeviceGetUtilizationRates(Device* device, FakeUtilization* rates) {
  if (const int code = enter(device)) return code;
  if (device->utilization_code == kNotSupported) return refuse();
  if (device->utilization_code != kSuccess) return device->utilization_code;
  *rates = {device->utilization, 0};
  return kSuccess;
}

static int list_v1(const Device* device, const std::vector<Process>& list, unsigned* count,
                   ProcessV1* out) {
  if (const int code = enter(device)) return code;
  if (device->process_code != kSuccess) return device->process_code;
  const auto room = *count;
  *count = static_cast<unsigned>(list.size());
  if (list.size() > room) return kInsufficientSize;
  for (std::size_t i = 0; i < list.size(); ++i) out[i] = {pid_of(list[i]), list[i].used};
  return kSuccess;
}
int nvmlDeviceGetComputeRunningProcesses(Device* device, unsigned* count, ProcessV1* out) {
  return list_v1(device, device->compute, count, out);
}
int nvmlDeviceGetGraphicsRunningProcesses(Device* device, unsigned* count, ProcessV1* out) {
  return list_v1(device, device->graphics, count, out);
}

}  // extern "C"
