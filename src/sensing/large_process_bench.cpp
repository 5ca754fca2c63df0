// What sampling does to a trainer with a huge address space. A victim with many mappings, memory
// resident and more reserved maps, touches and unmaps a megabyte in a loop, and keeps the longest
// turn of each round: what the mmap lock, which smaps_rollup holds, makes it wait for. Rounds with
// and without a monitor take turns; a third kind reads smaps_rollup at each tick, as a monitor
// without a budget would. No google-benchmark: pauses are looked for, not means.
//
// usage: large_process_bench MAPPINGS RESIDENT_MIB RESERVED_GIB SECONDS_A_ROUND ROUNDS
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>
#include <thread>
#include <vector>

#include "os/process_watch.h"
#include "os/system_clock.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr auto kTick = seconds{1};  // five times as often as the default

struct Size {
  std::size_t mappings = 0;
  std::size_t resident_mib = 0;
  std::size_t reserved_gib = 0;
};

// Shared with the victim, which resets it when a new round begins.
struct Turns {
  std::atomic<bool> ready{false};
  std::atomic<std::uint32_t> round{0};
  std::atomic<std::int64_t> longest_ns{0};
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> over_1ms{0};
  std::atomic<std::uint64_t> over_10ms{0};
};

void* map(std::size_t bytes, int protection, int extra = 0) {
  void* const at = ::mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | extra, -1, 0);
  if (at != MAP_FAILED) return at;
  std::perror("mmap");
  std::_Exit(1);
}

void touch(void* at, std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  for (std::size_t i = 0; i < bytes; i += kPage) static_cast<volatile char*>(at)[i] = 1;
}

// Every second page gets other rights than its neighbours, so that the kernel cannot merge them.
void make_mappings(std::size_t count) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  auto* const at = static_cast<char*>(map(count * page, PROT_READ | PROT_WRITE));
  touch(at, count * page);
  for (std::size_t i = 0; i < count; i += 2)
    if (::mprotect(at + i * page, page, PROT_READ) != 0) {
      std::perror("mprotect (vm.max_map_count?)");
      std::_Exit(1);
    }
}

[[noreturn]] void live_as_victim(const Size& size, Turns& turns) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  make_mappings(size.mappings);
  const std::size_t resident = size.resident_mib << 20;
  touch(map(resident, PROT_READ | PROT_WRITE), resident);
  map(size.reserved_gib << 30, PROT_NONE, MAP_NORESERVE);
  turns.ready = true;
  constexpr std::size_t kBytes = 1U << 20;
  std::uint32_t round = 0;
  while (true) {
    const auto began = Steady::now();
    void* const at = map(kBytes, PROT_READ | PROT_WRITE);
    touch(at, kBytes);
    ::munmap(at, kBytes);
    const nanoseconds took = Steady::now() - began;
    if (const auto now = turns.round.load(); now != round) {
      round = now;
      continue;  // a turn that began in the round before
    }
    turns.count.fetch_add(1);
    turns.longest_ns = std::max<std::int64_t>(turns.longest_ns, took.count());
    if (took > std::chrono::milliseconds{1}) turns.over_1ms.fetch_add(1);
    if (took > std::chrono::milliseconds{10}) turns.over_10ms.fetch_add(1);
  }
}

void begin_round(Turns& turns) {
  turns.round.fetch_add(1);
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  turns.longest_ns = 0;
  turns.count = 0;
  turns.over_1ms = 0;
  turns.over_10ms = 0;
}

double milliseconds_of(nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void print_round(const char* kind, const Turns& turns) {
  std::printf("%-28s longest turn %8.3f ms, %llu over 1 ms, %llu over 10 ms, of %llu\n", kind,
              milliseconds_of(nanoseconds{turns.longest_ns.load()}),
              static_cast<unsigned long long>(turns.over_1ms.load()),
              static_cast<unsigned long long>(turns.over_10ms.load()),
              static_cast<unsigned long long>(turns.count.load()));
}

nanoseconds read_rollup(const HostRoot& host, pid_t pid) {
  const auto began = Steady::now();
  const auto text = host.read("proc/" + std::to_string(pid) + "/smaps_rollup");
  if (!text) std::fprintf(stderr, "%s\n", text.error().message.c_str());
  return Steady::now() - began;
}

struct Ticks {
  std::vector<nanoseconds> took{};
  int with_pss = 0;
};

// A monitor that begins with its round: its first reading of PSS, the dearest it ever does at once,
// falls into it.
class Watched {
 public:
  Watched(pid_t pid, Ticks& ticks)
      : ticks_(ticks),
        sensors_(Sensors::open(HostRoot{}, identify_process(HostRoot{}, pid).value(),
                               {.gpu = {.nvml_library = "", .cuda_library = "", .nvidia_smi = ""}},
                               clock_)
                     .value()) {}

  void tick() {
    const auto began = Steady::now();
    const auto sample = sensors_.sample();
    ticks_.took.push_back(Steady::now() - began);
    if (!sample.processes.empty() && sample.processes[0].pss) ++ticks_.with_pss;
  }

 private:
  Ticks& ticks_;
  SystemClock clock_;
  Sensors sensors_;
};

void print_ticks(Ticks& ticks, nanoseconds rollup) {
  std::ranges::sort(ticks.took);
  std::printf("%-28s median %.3f ms, longest %.3f ms, of %zu; PSS known in %d\n", "one sample",
              milliseconds_of(ticks.took[ticks.took.size() / 2]),
              milliseconds_of(ticks.took.back()), ticks.took.size(), ticks.with_pss);
  std::printf("%-28s %.3f ms: at 0.1%% of wall once in %.0f s\n", "one read of smaps_rollup",
              milliseconds_of(rollup), std::chrono::duration<double>(rollup).count() * 1000);
}

template <class Tick>
void watch_round(const char* kind, Turns& turns, seconds length, Tick tick) {
  begin_round(turns);
  for (auto left = length; left > seconds{0}; left -= kTick) {
    tick();
    std::this_thread::sleep_for(kTick);
  }
  print_round(kind, turns);
}

void measure(pid_t pid, Turns& turns, seconds length, int rounds) {
  const HostRoot host;
  const auto rollup = read_rollup(host, pid);
  Ticks ticks;
  for (int i = 0; i < rounds; ++i) {
    watch_round("without a monitor", turns, length, [] {});
    Watched watched{pid, ticks};
    watch_round("with the monitor", turns, length, [&watched] { watched.tick(); });
  }
  watch_round("smaps_rollup at each tick", turns, length, [&] { read_rollup(host, pid); });
  print_ticks(ticks, rollup);
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int run(const std::vector<std::string_view>& words) {
  if (words.size() != 5) {
    std::fputs("usage: MAPPINGS RESIDENT_MIB RESERVED_GIB SECONDS_A_ROUND ROUNDS\n", stderr);
    return 2;
  }
  auto* const turns = new (::mmap(nullptr, sizeof(Turns), PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Turns;
  const pid_t pid = ::fork();
  if (pid == 0) live_as_victim({number(words[0]), number(words[1]), number(words[2])}, *turns);
  int status = 0;
  while (!turns->ready) {
    if (::waitpid(pid, &status, WNOHANG) == pid) return 1;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  measure(pid, *turns, seconds{number(words[3])}, static_cast<int>(number(words[4])));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  return 0;
}

}  // namespace
}  // namespace tidemark

int main(int count, char** words) {
  return tidemark::run({words + 1, words + count});
}
