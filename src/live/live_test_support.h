// A run at one moment, as the tests of this stage show it.
#pragma once

#include <string>
#include <vector>

#include "live/live.h"

namespace tidemark {

inline SampleRow sample_of(double at, Bytes used, Bytes total = gib(128)) {
  SampleRow sample;
  sample.unix_seconds = at;
  sample.total = total;
  sample.used = used;
  sample.available = total - used;
  sample.main_process = gib(60);
  sample.worker = gib(12);
  sample.worker_count = 4;
  sample.swap_used = Bytes{0};
  sample.pressure_some_ratio = 0.004;
  sample.pressure_full_ratio = 0;
  sample.cpu_utilization_ratio = 0.35;
  return sample;
}

inline LivePoint point_of(const SampleRow& sample) {
  return {.at = sample.unix_seconds,
          .pools = pools_of(sample),
          .main = sample.main_process,
          .workers = sample.worker,
          .swap = sample.swap_used};
}

/// Ten minutes of a run that grew from 64 to 96 of 128 GB, seen at 1,700,000,600.
inline LiveSnapshot snapshot_of_a_run() {
  LiveSnapshot snapshot;
  snapshot.now = 1'700'000'600;
  snapshot.run.key = {.id = 1, .job_id = "job-1", .number = 3};
  snapshot.run.info.job_name = "my_lora";
  snapshot.run.info.anchor.wall.ns = 1'700'000'000'000'000'000;
  snapshot.status = RunStatus::running;
  for (int i = 0; i <= 120; ++i)
    snapshot.points.push_back(point_of(
        sample_of(1'700'000'000 + 5.0 * i, gib(64) + mib(std::int64_t{32} * 1024 / 120 * i))));
  snapshot.last = sample_of(1'700'000'600, gib(96));
  snapshot.steps = LiveSteps{.last = 412,
                             .last_at = 1'700'000'599,
                             .total = 2000,
                             .per_second = 1.25,
                             .seconds_left = 1270,
                             .loss = 0.0713,
                             .losses = {0.3, 0.2, 0.1, 0.0713},
                             .data_wait_ratio = 0.03};
  PoolPeak pool{.kind = PoolKind::host, .name = "machine memory", .limit = gib(128)};
  pool.peak = gib(96);
  snapshot.verdict = LiveVerdict{.as_of = 1'700'000'598,
                                 .health = Health::warning,
                                 .sentence = "Still running at step 412 of 2000.",
                                 .pool = pool};
  snapshot.events.push_back(
      {.event = {.unix_seconds = 1'700'000'100,
                 .type = "memory_warning",
                 .details = R"({"pool": "host", "used_gb": 110, "config": {}})"}});
  return snapshot;
}

inline std::string shown(const LiveSnapshot& snapshot, const FrameOptions& options,
                         const LiveView& view = {}) {
  return plain_text(build_frame(snapshot, view, options));
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace tidemark
