// What the stand-in for libnvidia-ml.so knows of its machine. A test chooses it by name
// (fake_nvml_play), then may change it while it is read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace fake_nvml {

inline constexpr int kSuccess = 0;
inline constexpr int kUninitialized = 1;
inline constexpr int kNotSupported = 3;
inline constexpr int kNoPermission = 4;
inline constexpr int kInsufficientSize = 7;
inline constexpr int kDriverNotLoaded = 9;
inline constexpr int kGpuIsLost = 15;
inline constexpr int kUnknown = 999;

struct Process {
  unsigned pid = 0;
  std::uint64_t used = 0;
};

struct Device {
  std::string name{};
  std::string uuid{};
  unsigned domain = 0;
  unsigned bus = 1;
  int handle_code = kSuccess;
  int memory_code = kSuccess;
  std::uint64_t total = 0;
  std::uint64_t reserved = 0;
  std::uint64_t used = 0;
  int utilization_code = kSuccess;
  unsigned utilization = 0;
  int process_code = kSuccess;
  std::vector<Process> compute{};
  std::vector<Process> graphics{};
  int addressing = -1;  // not supported; else nvmlDeviceAddressingModeType_t
  int numa_node = -1;
  std::vector<Device> mig{};
};

struct Machine {
  int init_code = kSuccess;
  std::vector<Device> devices{};
  std::size_t process_entry_bytes = 24;  // 32: the layout of the first 535 drivers
  std::atomic<bool> fails{false};        // every call from now on: kUnknown
  std::atomic<bool> lost{false};         // the first device from now on: kGpuIsLost
  std::atomic<bool> hangs{false};        // every call waits until it is false again
  std::atomic<int> calls{0};             // made so far
  std::atomic<int> refused{0};           // of these, answered with "not supported"
};

Machine& machine();
/// For whole programs, which no test can call into: $FAKE_NVML_SCENARIO is played from the first
/// call on, and process 7, the run's in every scenario, has the pid that the file
/// $FAKE_NVML_PID_FILE holds by then.
void play_what_the_environment_names();
unsigned pid_of(const Process& process);
/// What is used of the device by then: without the run's part before that file is there.
std::uint64_t used_of(const Device& device);
/// Counts the call, and waits while the driver hangs; its answer where that is the same for all.
int enter(const Device* device);
int refuse();

}  // namespace fake_nvml

extern "C" {
/// A machine by name; see scenarios.cpp. False for a name that is unknown.
bool fake_nvml_play(const char* scenario);
/// "fails", "lost", "hangs": on or off while it runs.
void fake_nvml_set(const char* what, bool on);
int fake_nvml_calls();
int fake_nvml_refused();
}
