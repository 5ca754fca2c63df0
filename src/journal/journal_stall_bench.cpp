// The longest single record while a disk is written and synced as hard as it goes: with the journal
// in memory, with the journal on that disk, and, to see what the machine itself does to any thread,
// with a store into private memory instead of a record.
//
//     journal_stall_bench FOLDER_ON_DISK [GIB] [RECORDS_PER_SECOND]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "journal/journal.h"

namespace {

using namespace tidemark;
using std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::filesystem::path disk{};
  std::uint64_t gib = 2;
  std::int64_t per_second = 20'000;
};

/// A checkpoint being saved, over and over: 256 MiB pieces, each synced.
void write_and_sync(const std::filesystem::path& file, std::uint64_t gib) {
  const std::vector<char> block(std::size_t{4} << 20, 'x');
  const UniqueFd fd{::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)};
  constexpr std::uint64_t kBlocksPerGib = 256;
  for (std::uint64_t i = 1; i <= gib * kBlocksPerGib; ++i) {
    if (::write(fd.get(), block.data(), block.size()) < 0) break;
    if (i % 64 == 0) ::fdatasync(fd.get());
  }
  std::filesystem::remove(file);
}

/// Durations of `record` at the given pace for as long as `busy`, sorted.
std::vector<std::int64_t> time_records(const std::function<void(std::int64_t)>& record,
                                       std::int64_t per_second, const std::atomic<bool>& busy) {
  std::vector<std::int64_t> took;
  took.reserve(std::size_t{1} << 22);
  const nanoseconds pace{1'000'000'000 / per_second};
  auto due = SteadyClock::now();
  for (std::int64_t step = 0; busy.load(); ++step) {
    while (SteadyClock::now() < due) {
    }
    const auto before = SteadyClock::now();
    record(step);
    const auto after = SteadyClock::now();
    took.push_back(nanoseconds{after - before}.count());
    due = std::max(due + pace, after);
  }
  std::ranges::sort(took);
  return took;
}

void measure(const char* name, const Options& options,
             const std::function<void(std::int64_t)>& record) {
  std::atomic<bool> busy = true;
  std::thread disk{[&] {
    write_and_sync(options.disk / "tidemark-stall.bin", options.gib);
    busy.store(false);
  }};
  const auto took = time_records(record, options.per_second, busy);
  disk.join();
  const auto at = [&took](double share) {
    return static_cast<double>(
               took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))]) /
           1000.0;
  };
  std::printf(
      "%-22s %9zu records  p50 %7.3f us  p99.9 %8.3f us  p99.99 %9.3f us  longest %9.3f us\n", name,
      took.size(), at(0.5), at(0.999), at(0.9999), at(1.0));
  std::fflush(stdout);
}

void measure_journal(const char* name, const std::filesystem::path& folder,
                     const Options& options) {
  const auto path = create_journal({.folder = folder});
  if (!path) {
    std::printf("%s: %s\n", name, path.error().message.c_str());
    return;
  }
  auto writer = *JournalWriter::open(*path);
  tidemark_journal_claim(writer.handle());
  std::atomic<bool> stop = false;
  std::thread monitor{[&path, &stop] {
    auto reader = *JournalReader::open(*path);
    JournalPosition position;
    while (!stop.load()) {
      auto drained = reader.drain(position);
      position = std::move(drained->position);
      if (!reader.release(position)) break;
      if (!drained->more) std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }};
  measure(name, options,
          [&writer](std::int64_t step) { writer.step({.step = step, .loss = 1.0}); });
  std::printf("%-22s not taken: %llu\n", "",
              static_cast<unsigned long long>(writer.counts().dropped_full));
  stop.store(true);
  monitor.join();
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER_ON_DISK [GIB] [RECORDS_PER_SECOND]\n", argv[0]);
    return 2;
  }
  Options options{.disk = argv[1]};
  if (argc > 2) options.gib = std::strtoull(argv[2], nullptr, 10);
  if (argc > 3) options.per_second = std::max(1LL, std::strtoll(argv[3], nullptr, 10));
  std::vector<std::int64_t> memory(8192);
  measure("store, no journal", options, [&memory](std::int64_t step) {
    std::atomic_ref{memory[static_cast<std::size_t>(step) % memory.size()]}.store(step);
  });
  const auto unique = "tidemark-stall-" + std::to_string(::getpid());
  measure_journal("journal in memory", std::filesystem::path{"/dev/shm"} / unique, options);
  measure_journal("journal on that disk", options.disk / unique, options);
  return 0;
}
