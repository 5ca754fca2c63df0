// What a run of 24 hours (17,280 samples, 1,000,000 steps) costs to write and to read.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>

#include "store/store.h"

namespace tidemark {
namespace {

constexpr std::int64_t kSteps = 1'000'000;
constexpr std::int64_t kSamples = 17'280;

StepRecord step_number(std::int64_t number) {
  StepRecord step;
  step.step = number;
  step.unix_seconds = 1'700'000'000.5 + 0.0864 * static_cast<double>(number);
  step.loss = 0.1 + 1e-7 * static_cast<double>(number);
  step.batch_size = 4;
  step.gradient_norm = 0.7;
  step.learning_rate = 1e-4;
  step.step_time_seconds = 0.0864;
  step.data_wait_seconds = 0.01;
  return step;
}

SampleRow sample_number(std::int64_t number) {
  SampleRow sample;
  sample.unix_seconds = 1'700'000'000.25 + 5.0 * static_cast<double>(number);
  sample.total = gib(128);
  sample.used = gib(60) + kib(4 * (number % 1000));
  sample.available = gib(60);
  sample.main_process = gib(50) + kib(4 * (number % 1000));
  sample.worker = gib(3);
  sample.worker_count = 2;
  sample.main_rss = gib(52);
  sample.cgroup_working_set = gib(58);
  sample.cgroup_limit = gib(96);
  return sample;
}

/// A folder with a database that holds one such run; removed at the end.
class Fixture {
 public:
  Fixture() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_bench_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { std::filesystem::remove_all(folder_); }

  Store open() {
    auto store = Store::open(folder_ / "bench.db");
    if (!store) std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return std::move(store.value());
  }

 private:
  std::filesystem::path folder_;
};

RunKey begin(Store& store) {
  RunInfo info;
  info.job_id = "7e57d004-2b97-4e7a-b45f-5387367791cd";
  return store.begin_run(info).value();
}

void fill(Store& store, const RunKey& run) {
  for (std::int64_t start = 0; start < kSteps; start += 10'000) {
    WriteGroup group;
    for (std::int64_t i = start; i < start + 10'000; ++i) group.add(step_number(i));
    for (std::int64_t i = start * kSamples / kSteps; i < (start + 10'000) * kSamples / kSteps; ++i)
      group.add(sample_number(i));
    store.write(run, group, {}).value();
  }
}

struct Day : Fixture {
  Store store = open();
  RunKey run = begin(store);
  Day() { fill(store, run); }
};

Day& day() {
  static Day filled;
  return filled;
}

void stream_a_million_steps(benchmark::State& state) {
  auto& filled = day();
  double sum = 0;
  for (auto _ : state)
    filled.store
        .for_each_step(filled.run, [&](const StepRecord& step) { sum += step.loss.value_or(0); })
        .value();
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(stream_a_million_steps)->Unit(benchmark::kMillisecond);

void stream_a_day_of_samples(benchmark::State& state) {
  auto& filled = day();
  double sum = 0;
  for (auto _ : state)
    filled.store.for_each_sample(filled.run, [&](const SampleRow& row) { sum += row.unix_seconds; })
        .value();
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(stream_a_day_of_samples)->Unit(benchmark::kMillisecond);

void list_the_jobs(benchmark::State& state) {
  auto& filled = day();
  for (auto _ : state) benchmark::DoNotOptimize(filled.store.jobs());
}
BENCHMARK(list_the_jobs)->Unit(benchmark::kMicrosecond);

void write_ten_samples_and_fifty_steps(benchmark::State& state) {
  Fixture fixture;
  auto store = fixture.open();
  const auto run = begin(store);
  std::int64_t next = 0;
  for (auto _ : state) {
    WriteGroup group;
    for (int i = 0; i < 10; ++i) group.add(sample_number(next + i));
    for (int i = 0; i < 50; ++i) group.add(step_number(next++));
    store.write(run, group, {}).value();
  }
}
BENCHMARK(write_ten_samples_and_fifty_steps)->Unit(benchmark::kMicrosecond);

void sync_after_a_commit(benchmark::State& state) {
  Fixture fixture;
  auto store = fixture.open();
  const auto run = begin(store);
  std::int64_t next = 0;
  for (auto _ : state) {
    WriteGroup group;
    group.add(step_number(next++));
    store.write(run, group, {}).value();
    store.sync().value();
  }
}
BENCHMARK(sync_after_a_commit)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tidemark
