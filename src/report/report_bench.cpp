// The budget: a day of samples at 5 s and a million steps, from the database to the report.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "report/report.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr int kSamples = 17'280;
constexpr int kSteps = 1'000'000;
constexpr double kStart = 1'760'000'000;

SampleRow sample_of(int i) {
  SampleRow row;
  row.unix_seconds = kStart + 5.0 * i;
  row.total = gib(64);
  row.used = mib(30'000 + (i * 7919) % 4096);
  row.available = *row.total - *row.used;
  row.main_process = row.main_rss = row.main_peak_rss = mib(12'000 + (i * 31) % 512);
  row.worker = row.worker_uss = mib(3000);
  row.worker_rss = mib(9000);
  row.worker_count = 4;
  row.process_basis = PssBasis::scaled;
  row.cgroup_working_set = mib(16'000);
  row.cgroup_limit = gib(32);
  row.swap_in_pages_total = 100;
  row.cpu_utilization_ratio = 0.5;
  return row;
}

/// A database that is made once and removed at the end of the program.
class DayOfTraining {
 public:
  DayOfTraining() {
    auto pattern = (fs::temp_directory_path() / "tidemark-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    auto store = Store::open(folder_ / "day.db");
    RunInfo info;
    info.job_name = "day";
    info.anchor.wall = WallTime{static_cast<std::int64_t>(kStart) * 1'000'000'000};
    const auto key = store->begin_run(info);
    WriteGroup samples;
    for (int i = 0; i < kSamples; ++i) samples.add(sample_of(i));
    if (!store->write(*key, samples, {})) std::abort();
    for (int begin = 0; begin < kSteps; begin += 10'000) {
      WriteGroup steps;
      for (int i = begin; i < begin + 10'000; ++i)
        steps.add(StepRecord{.step = i, .unix_seconds = kStart + 0.0864 * i, .loss = 0.5});
      if (!store->write(*key, steps, {})) std::abort();
    }
    if (!store->end_run(
            *key, {.unix_seconds = kStart + 86'400, .exit = {.kind = ExitKind::completed}}, {}))
      std::abort();
  }
  DayOfTraining(const DayOfTraining&) = delete;
  DayOfTraining& operator=(const DayOfTraining&) = delete;
  ~DayOfTraining() { fs::remove_all(folder_); }
  fs::path file() const { return folder_ / "day.db"; }

 private:
  fs::path folder_;
};

const DayOfTraining& day() {
  static const DayOfTraining made;
  return made;
}

void build_report_of_a_day(benchmark::State& state) {
  auto store = Store::open(day().file());
  const auto run = store->run(store->jobs()->front().job_id);
  for (auto _ : state) benchmark::DoNotOptimize(build_report(*store, *run));
}
BENCHMARK(build_report_of_a_day)->Unit(benchmark::kMillisecond);

void facts_of_a_day_without_the_store(benchmark::State& state) {
  for (auto _ : state) {
    FactsBuilder builder{{}, 1, std::nullopt, {}};
    for (int i = 0; i < kSamples; ++i) builder.add(sample_of(i));
    for (int i = 0; i < kSteps; ++i)
      builder.add(StepRecord{.step = i, .unix_seconds = kStart + 0.0864 * i});
    benchmark::DoNotOptimize(analyze(std::move(builder).finish(), nullptr));
  }
}
BENCHMARK(facts_of_a_day_without_the_store)->Unit(benchmark::kMillisecond);

void json_of_a_day(benchmark::State& state) {
  auto store = Store::open(day().file());
  const auto run = store->run(store->jobs()->front().job_id);
  const auto report = build_report(*store, *run);
  for (auto _ : state) benchmark::DoNotOptimize(report_json(*report));
}
BENCHMARK(json_of_a_day)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark
