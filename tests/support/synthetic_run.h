// A run made of round numbers, for tests of what is concluded from it: trained on the CPU in a
// container, everything in the main process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark::synthetic {

inline constexpr double kStart = 1'700'000'000;
inline constexpr std::int64_t kMillion = 1 << 20;  // parameters, so that bytes are whole MiB

struct Run {
  std::int64_t limit_mib = 1000;
  std::int64_t training_mib = 700;  // of the main process, at most
  std::int64_t sampling_mib = 0;    // 0: no sampling
  std::int64_t worker_count = 0, worker_mib = 0;
  std::int64_t trainable = 10 * kMillion, frozen = 50 * kMillion;
  std::string train{"batch_size: 4, optimizer: adamw, ema_config: {use_ema: true}"};
  std::string datasets{"[{resolution: 512, num_workers: 0}]"};
  std::string model{"{}"};
  ExitKind exit = ExitKind::completed;
  std::int64_t batch = 4;  // as its steps tell it; `train` has the setting
  int steps = 40;
};

inline SampleRow sample(const Run& run, double at, std::int64_t main_mib, bool workers) {
  SampleRow row;
  row.unix_seconds = kStart + at;
  row.total = gib(64);
  row.used = gib(20);
  row.main_process = row.main_rss = row.main_anon = mib(main_mib);
  const auto workers_mib = workers ? run.worker_count * run.worker_mib : 0;
  row.worker_count = workers ? run.worker_count : 0;
  row.worker = row.worker_uss = mib(workers_mib);
  row.process_basis = PssBasis::measured;
  row.cgroup_limit = mib(run.limit_mib);
  row.cgroup_working_set = mib(main_mib + workers_mib);
  return row;
}

inline JobConfig config_of(const Run& run) {
  auto config = JobConfig::parse(
      "job: extension\nconfig:\n  name: x\n  process:\n    - device: cpu\n      network: {linear: "
      "16}\n"
      "      train: {" +
          run.train + "}\n      datasets: " + run.datasets + "\n      model: " + run.model + "\n",
      "test");
  return std::move(config.value());
}

/// Loads 250 MiB (of them 200 base weights in fp32) onto 100, adds adapter and EMA, trains 40
/// steps.
inline RunFacts facts_of(const Run& run) {
  FactsBuilder builder{{}, 1, RunEnd{.unix_seconds = kStart + 100, .exit = {.kind = run.exit}}, {}};
  const auto event = [&](double at, std::string type, std::string details = "") {
    builder.add(EventRecord{
        .unix_seconds = kStart + at, .type = std::move(type), .details = std::move(details)});
  };
  event(10, "model_load_start");
  event(20, "model_load_end");
  if (run.trainable > 0)
    event(22, "parameters",
          "{\"trainable\": " + std::to_string(run.trainable) +
              ", \"frozen\": " + std::to_string(run.frozen) + ", \"dtype\": \"fp32\"}");
  event(28, "train_start");
  if (run.sampling_mib > 0) event(72, "sampling_start");
  if (run.sampling_mib > 0) event(78, "sampling_end");
  event(95, "train_end");
  for (int i = 0; i < run.steps; ++i)
    builder.add(StepRecord{.step = i,
                           .unix_seconds = kStart + 31 + i,
                           .batch_size = run.batch,
                           .step_time_seconds = 1});
  for (const auto& [at, level] : {std::pair{5.0, 100}, {15.0, 300}, {21.0, 350}, {28.5, 430}})
    builder.add(sample(run, at, level, false));
  for (int i = 0; i < 40; ++i)
    builder.add(sample(run, 30.5 + i, run.training_mib - 20 * (i % 2), true));
  builder.add(sample(run, 71.5, 550, true));
  if (run.sampling_mib > 0) builder.add(sample(run, 75, run.sampling_mib, true));
  builder.add(sample(run, 80, 550, true));
  return std::move(builder).finish();
}

inline Analysis analysis_of(const Run& run) {
  const auto config = config_of(run);
  return analyze(facts_of(run), &config);
}

}  // namespace tidemark::synthetic
