#include "sensing/nvidia/cuda_probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "os/dynamic_library.h"
#include "os/host_root.h"
#include "os/unique_fd.h"
#include "sensing/nvidia/nvml_library.h"

namespace tidemark {
namespace {

constexpr int kIntegrated = 18;  // CU_DEVICE_ATTRIBUTE_INTEGRATED of cuda.h
constexpr int kMostDevices = 64;
constexpr std::size_t kAddressBytes = 16;

struct Line {  // less than PIPE_BUF: written whole or not at all
  char bus_id[kAddressBytes];
  std::int32_t integrated;
};

// In the child alone. glibc puts malloc's and the loader's locks in order at a fork, so a library
// can be loaded here although the parent has threads.
void answer(const std::string& name, int out) {
  // What this process may see is not what the machine has.
  for (const auto* const variable : {"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"})
    ::unsetenv(variable);  // NOLINT(concurrency-mt-unsafe): one thread
  const auto library = DynamicLibrary::open(name);
  if (!library) return;
  const auto init = library->function<int (*)(unsigned)>("cuInit");
  const auto count_of = library->function<int (*)(int*)>("cuDeviceGetCount");
  const auto handle_of = library->function<int (*)(int*, int)>("cuDeviceGet");
  const auto attribute = library->function<int (*)(int*, int, int)>("cuDeviceGetAttribute");
  const auto address = library->function<int (*)(char*, int, int)>("cuDeviceGetPCIBusId");
  if (!init || !count_of || !handle_of || !attribute || !address || init(0) != 0) return;
  int count = 0;
  if (count_of(&count) != 0) return;
  for (int index = 0; index < std::min(count, kMostDevices); ++index) {
    Line line{};
    int device = 0;
    if (handle_of(&device, index) != 0 || attribute(&line.integrated, kIntegrated, device) != 0 ||
        address(line.bus_id, kAddressBytes, device) != 0)
      continue;
    if (::write(out, &line, sizeof line) != sizeof line) return;
  }
}

// True when `fd` has something to read, or has ended, before `patience` is over.
bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Result<std::vector<CudaDevice>> read_answer(int fd, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::vector<CudaDevice> devices;
  while (wait_readable(fd, deadline)) {
    Line line{};
    const ssize_t got = ::read(fd, &line, sizeof line);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) return devices;
    if (got != sizeof line) return fail(Errc::malformed, "CUDA's answer is cut off");
    line.bus_id[kAddressBytes - 1] = '\0';
    devices.push_back({.bus_id = short_bus_id(line.bus_id), .integrated = line.integrated != 0});
  }
  return fail(Errc::busy, "CUDA did not answer in time");
}

}  // namespace

Result<std::vector<CudaDevice>> ask_cuda(const std::string& library,
                                         std::chrono::milliseconds patience) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::unexpected(system_error(errno, "a pipe to ask CUDA"));
  const UniqueFd read_end{ends[0]};
  UniqueFd write_end{ends[1]};
  const pid_t child = ::fork();
  if (child < 0) return std::unexpected(system_error(errno, "a process to ask CUDA"));
  if (child == 0) {
    answer(library, write_end.get());
    ::_exit(0);
  }
  write_end.reset();
  auto devices = read_answer(read_end.get(), patience);
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (devices && devices->empty())
    return fail(Errc::not_found, library + ": CUDA names no device here");
  return devices;
}

}  // namespace tidemark
