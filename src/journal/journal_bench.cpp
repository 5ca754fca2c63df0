// What a record costs the trainer, beside what reading the clock and storing 64 bytes costs anyway;
// and how fast the monitor takes records in.
#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "core/check.h"
#include "journal/journal.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kSlots = tidemark_default_slots_per_lane;

/// A journal of the default size in memory.
class BenchJournal {
 public:
  BenchJournal() {
    check(::mkdtemp(folder_.data()) != nullptr, "a folder in /dev/shm");
    auto path = create_journal({.folder = folder_ + "/j"});
    check(path.has_value(), "a journal");
    path_ = *path;
  }
  ~BenchJournal() { std::filesystem::remove_all(folder_); }
  BenchJournal(const BenchJournal&) = delete;
  BenchJournal& operator=(const BenchJournal&) = delete;
  JournalWriter writer() const { return *JournalWriter::open(path_); }
  JournalReader reader() const { return *JournalReader::open(path_); }

 private:
  std::string folder_ = "/dev/shm/tidemark-bench-XXXXXX";
  std::filesystem::path path_{};
};

/// Frees what the writer has filled, unread: once in so many records that it does not weigh.
class Emptier {
 public:
  Emptier(JournalReader& reader, std::uint64_t slots_per_record)
      : reader_(reader), slots_(slots_per_record) {
    position_ = reader.drain({})->position;
  }
  void after_record() {
    if (++since_ * slots_ < kSlots / 2) return;
    position_.next[0] += since_ * slots_;
    check(reader_.release(position_).has_value(), "room");
    since_ = 0;
  }

 private:
  JournalReader& reader_;
  std::uint64_t slots_;
  JournalPosition position_{};
  std::uint64_t since_ = 0;
};

std::int64_t boot_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void clock_alone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(boot_ns());
}
BENCHMARK(clock_alone);

// The floor: the clock, and 64 bytes into a ring as large as a lane.
void clock_and_store_of_64_bytes(benchmark::State& state) {
  using Line = std::array<std::int64_t, 8>;
  void* const mapped = ::mmap(nullptr, kSlots * sizeof(Line), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  auto* const lines = static_cast<Line*>(mapped);
  std::uint64_t at = 0;
  for (auto _ : state) {
    const auto now = boot_ns();
    lines[at++ & (kSlots - 1)] = {now, now, now, now, now, now, now, now};
    benchmark::ClobberMemory();
  }
  ::munmap(mapped, kSlots * sizeof(Line));
}
BENCHMARK(clock_and_store_of_64_bytes);

void step_record(benchmark::State& state) {
  const BenchJournal journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  Emptier emptier{reader, 1};
  tidemark_step_values values{};
  values.present = 0x3f;
  values.batch_size = 4;
  values.loss = 0.25;
  values.learning_rate = 1e-4;
  values.gradient_norm = 1.5;
  values.step_time_seconds = 0.5;
  values.data_wait_seconds = 0.01;
  tidemark_journal_claim(writer.handle());
  for (auto _ : state) {
    ++values.step;
    check(tidemark_journal_step(writer.handle(), &values), "taken");
    emptier.after_record();
  }
}
BENCHMARK(step_record);

void step_record_without_room(benchmark::State& state) {
  const BenchJournal journal;
  auto writer = journal.writer();
  const tidemark_step_values values{};
  while (tidemark_journal_step(writer.handle(), &values)) {
  }
  for (auto _ : state) benchmark::DoNotOptimize(tidemark_journal_step(writer.handle(), &values));
}
BENCHMARK(step_record_without_room);

void event_record(benchmark::State& state) {
  const BenchJournal journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  const std::string details(static_cast<std::size_t>(state.range(0)), 'x');
  const std::string_view type = "batch_size_change";
  Emptier emptier{reader, tidemark_event_slots(static_cast<std::uint32_t>(
                              type.size() + static_cast<std::size_t>(state.range(0))))};
  for (auto _ : state) {
    check(writer.event(type, details), "taken");
    emptier.after_record();
  }
}
BENCHMARK(event_record)->Arg(20)->Arg(200)->Arg(4096);

void claim_of_a_lane(benchmark::State& state) {
  const BenchJournal journal;
  auto reader = journal.reader();
  for (auto _ : state) {
    auto writer = journal.writer();
    check(tidemark_journal_claim(writer.handle()), "claimed");
    writer = journal.writer();
    reader.reclaim_lanes(HostRoot{});
  }
}
BENCHMARK(claim_of_a_lane)->Unit(benchmark::kMicrosecond);

// A full lane, read by a monitor: records per second.
void drain(benchmark::State& state) {
  const BenchJournal journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (std::uint64_t i = 0; i < kSlots; ++i)
    check(writer.step({.step = static_cast<std::int64_t>(i), .loss = 0.5}), "taken");
  for (auto _ : state) {
    JournalPosition position;
    for (bool more = true; more;) {
      auto drained = reader.drain(position);
      position = std::move(drained->position);
      more = drained->more;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kSlots) *
                          static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(drain)->Unit(benchmark::kMillisecond);

// What the monitor pays four times a second when nothing happened.
void drain_of_nothing(benchmark::State& state) {
  const BenchJournal journal;
  auto reader = journal.reader();
  const auto position = reader.drain({})->position;
  for (auto _ : state) benchmark::DoNotOptimize(reader.drain(position));
}
BENCHMARK(drain_of_nothing)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tidemark
