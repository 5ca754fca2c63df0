// What a look at a run costs, beside its floor: bare pread of exactly the same files through
// descriptors that are kept open. A main process of 256 MB and 16 forked workers.
#include <benchmark/benchmark.h>
#include <sys/vfs.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "os/process_watch.h"
#include "os/system_clock.h"
#include "os/unique_fd.h"
#include "sensing/linux/cgroup_place.h"
#include "sensing/linux/test_child.h"
#include "sensing/nvidia/nvml_board.h"
#include "sensing/sensing.h"
#include "support/fake_nvml_control.h"

namespace tidemark {
namespace {

constexpr std::size_t kMainBytes = 256U << 20;
constexpr int kWorkers = 16;

class Trainer {
 public:
  Trainer()
      : child_([](auto ready) {
          filled_pages(kMainBytes);
          for (int worker = 0; worker < kWorkers; ++worker) {
            if (::fork() != 0) continue;
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            wait_for_ever();
          }
          ready();
          wait_for_ever();
        }) {}
  pid_t pid() const { return child_.pid(); }

 private:
  TestChild child_;
};

Sensors open_sensors(const Trainer& trainer, const Clock& clock,
                     const SensorOptions& options = {}) {
  const HostRoot host;
  return std::move(
      Sensors::open(host, identify_process(host, trainer.pid()).value(), options, clock).value());
}

class BareReads {
 public:
  explicit BareReads(Sensors& sensors) {
    const HostRoot host;
    for (const auto* file : {"meminfo", "vmstat", "stat", "pressure/memory", "loadavg"})
      add(host, std::string{"proc/"} + file);
    const auto processes = sensors.sample().processes;
    for (const auto& process : processes)
      add(host, "proc/" + std::to_string(process.id.pid) + "/stat");
    for (const auto& process : processes)
      if (process.role != ProcessRole::main)
        add(host, "proc/" + std::to_string(process.id.pid) + "/statm");
    const auto main = "proc/" + std::to_string(processes.at(0).id.pid);
    add(host, main + "/status");
    add(host, main + "/cgroup");
    shm_ = "/" + main + "/root/dev/shm";
    const auto place =
        find_cgroup(host, processes.at(0).id.pid, host.read(main + "/cgroup").value_or(""));
    if (!place) return;
    for (const auto* file :
         {"memory.usage_in_bytes", "memory.stat", "memory.max_usage_in_bytes", "memory.failcnt",
          "memory.memsw.failcnt", "memory.oom_control", "memory.current", "memory.peak",
          "memory.swap.current", "memory.events", "memory.events.local", "memory.pressure"})
      add(host, place->folders.front() + "/" + file);
  }

  std::size_t files() const { return files_.size(); }

  std::size_t read_all() {
    std::size_t bytes = 0;
    for (const auto& file : files_) {
      const ssize_t got = ::pread(file.get(), buffer_.data(), buffer_.size(), 0);
      if (got > 0) bytes += static_cast<std::size_t>(got);
    }
    struct statfs status{};
    if (::statfs(shm_.c_str(), &status) == 0) ++bytes;
    return bytes;
  }

 private:
  void add(const HostRoot& host, const std::string& path) {
    if (auto file = host.open(path)) files_.push_back(std::move(*file));
  }
  std::vector<UniqueFd> files_;
  std::string shm_;
  std::array<char, 16384> buffer_{};
};

void bare_reads_of_the_same_files(benchmark::State& state) {
  const Trainer trainer;
  const SystemClock clock;
  auto sensors = open_sensors(trainer, clock);
  BareReads reads{sensors};
  for (auto _ : state) benchmark::DoNotOptimize(reads.read_all());
  state.counters["files"] = static_cast<double>(reads.files());
}

void sample(benchmark::State& state) {
  const Trainer trainer;
  const SystemClock clock;
  auto sensors = open_sensors(trainer, clock);
  for (auto _ : state) benchmark::DoNotOptimize(sensors.sample());
  state.counters["processes"] = static_cast<double>(sensors.sample().processes.size());
}

void quick_look(benchmark::State& state) {
  const Trainer trainer;
  const SystemClock clock;
  auto sensors = open_sensors(trainer, clock);
  sensors.sample();
  for (auto _ : state) benchmark::DoNotOptimize(sensors.quick_look());
}

void family_changed_when_nothing_is_new(benchmark::State& state) {
  const Trainer trainer;
  const SystemClock clock;
  auto sensors = open_sensors(trainer, clock);
  sensors.sample();
  sensors.sample();
  for (auto _ : state) benchmark::DoNotOptimize(sensors.family_changed());
}

// What the first look costs, and, nearly, what is looked up anew every 15 seconds.
void open_and_first_sample(benchmark::State& state) {
  const Trainer trainer;
  const SystemClock clock;
  for (auto _ : state) {
    auto sensors = open_sensors(trainer, clock);
    benchmark::DoNotOptimize(sensors.sample());
  }
}

// The reading itself, on its own thread in life: two GPUs, nine calls, and our share of them (a
// real driver's own time comes on top: tens to hundreds of microseconds a call).
void gpu_reading_with_the_stand_in(benchmark::State& state) {
  const FakeNvml fake{"two_gpus"};
  const SystemClock clock;
  auto board =
      NvmlBoard::open(HostRoot{}, {.nvml_library = fake.path(), .cuda_library = ""}, clock.now());
  for (auto _ : state) benchmark::DoNotOptimize(board->read(clock.now()));
}

// The same sample as above with two GPUs to report, and with a driver that never answers.
void sample_beside(benchmark::State& state, bool driver_hangs) {
  const FakeNvml fake{"two_gpus"};
  const Trainer trainer;
  const SystemClock clock;
  {
    auto sensors =
        open_sensors(trainer, clock, {.gpu = {.nvml_library = fake.path(), .cuda_library = ""}});
    becomes_true([&] { return !sensors.sample().gpus.empty(); });
    fake.set("hangs", driver_hangs);
    for (auto _ : state) benchmark::DoNotOptimize(sensors.sample());
    state.counters["gpus"] = static_cast<double>(sensors.sample().gpus.size());
  }
  fake.set("hangs", false);
}
void sample_with_two_gpus(benchmark::State& state) {
  sample_beside(state, false);
}
void sample_while_the_driver_hangs(benchmark::State& state) {
  sample_beside(state, true);
}

BENCHMARK(bare_reads_of_the_same_files)->Unit(benchmark::kMicrosecond);
BENCHMARK(sample)->Unit(benchmark::kMicrosecond);
BENCHMARK(sample_with_two_gpus)->Unit(benchmark::kMicrosecond);
BENCHMARK(sample_while_the_driver_hangs)->Unit(benchmark::kMicrosecond);
BENCHMARK(gpu_reading_with_the_stand_in)->Unit(benchmark::kMicrosecond);
BENCHMARK(quick_look)->Unit(benchmark::kMicrosecond);
BENCHMARK(family_changed_when_nothing_is_new)->Unit(benchmark::kMicrosecond);
BENCHMARK(open_and_first_sample)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tidemark
