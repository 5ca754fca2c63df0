// The disk budget: an hour at the defaults and one step per second stays under 1 MB (1,000,000
// bytes).
#include <iostream>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

// Numbers move as a real run's do, so that they take the room that real numbers take.
SampleRow ordinary_sample(int tick) {
  auto sample = sample_at(1'700'000'000.123 + 5.0007 * tick);
  const Bytes moving{4096LL * (tick * 37 % 5000)};
  sample.total = Bytes{134'826'311'680};
  sample.used = gib(70) + moving;
  sample.available = gib(55) - moving;
  sample.swap_used = mib(128) + moving;
  sample.main_process = gib(50) + moving;
  sample.worker = gib(3) + moving;
  sample.worker_count = 2;
  sample.gpu_memory_used = gib(40) + moving;
  sample.gpu_utilization_ratio = 0.97;
  sample.cpu_utilization_ratio = 0.1 + 0.000137 * tick;
  sample.process_basis = tick % 12 == 0 ? PssBasis::measured : PssBasis::scaled;
  sample.main_rss = gib(52) + moving;
  sample.main_peak_rss = gib(60);
  sample.main_swap = moving;
  sample.worker_uss = gib(2) + moving;
  sample.worker_rss = gib(9) + moving;
  sample.child = mib(90) + moving;
  sample.child_count = 1;
  sample.page_cache = gib(12) + moving;
  sample.cgroup_usage = gib(64) + moving;
  sample.cgroup_working_set = gib(60) + moving;
  sample.cgroup_limit = gib(96);
  sample.cgroup_peak_bound = gib(80);
  sample.cgroup_oom_kill_total = 0;
  sample.cgroup_limit_hits_total = 0;
  sample.shm_used = mib(300) + moving;
  sample.shm_total = gib(64);
  sample.address_space_used = gib(200) + moving;
  sample.data_used = gib(90) + moving;
  sample.swap_in_pages_total = 100'000;
  sample.swap_out_pages_total = 200'000;
  sample.major_faults_total = 50'000 + static_cast<std::uint64_t>(tick);
  sample.oom_kill_total = 0;
  sample.pressure_some_ratio = 0.0012 * (tick % 7);
  sample.pressure_full_ratio = 0.0011 * (tick % 5);
  sample.main_anon = gib(50) + moving;
  sample.main_shmem = gib(2) + moving;
  sample.tenant_memory = gib(16) + moving;
  sample.tenant_cgroup_memory = Bytes{};
  sample.gpus = {{.device_index = 0,
                  .memory_used = gib(40) + moving,
                  .memory_total = gib(80),
                  .utilization_ratio = 0.97,
                  .memory_reserved = mib(512),
                  .memory_held = gib(40) + moving,
                  .run_memory = gib(38) + moving,
                  .domain = MemoryDomain::device}};
  return sample;
}

void add_details(SampleRow& sample) {
  const auto stalled_us = static_cast<std::uint64_t>(sample.unix_seconds) % 3600 * 731;
  sample.host_pressure_some_us_total = 90'000'000 + stalled_us;
  sample.host_pressure_full_us_total = 60'000'000 + stalled_us;
  sample.cgroup_pressure_some_us_total = 50'000'000 + stalled_us;
  sample.cgroup_pressure_full_us_total = 40'000'000 + stalled_us;
  sample.main_major_faults_total = 900 + stalled_us;
  auto& gpu = sample.gpus.at(0);
  gpu.id = "GPU-7e57d004-2b97-4e7a-b45f-5387367791cd";
  gpu.name = "NVIDIA A100-SXM4-80GB";
  gpu.processes = {{.pid = 123'456, .memory = gib(38), .of_run = true},
                   {.pid = 123'999, .memory = gib(2)}};
  for (const auto role :
       {ProcessRole::main, ProcessRole::worker, ProcessRole::worker, ProcessRole::child}) {
    ProcessSample process;
    process.id = {123'456, 1'234'567'890};
    process.role = role;
    process.name = "pt_data_worker";
    process.rss = process.peak_rss = process.rss_anon = process.pss = process.uss = gib(9);
    process.rss_file = process.rss_shmem = mib(900);
    process.swap = Bytes{};
    process.pss_basis = PssBasis::measured;
    process.cpu_ticks_total = 3'000'000;
    process.major_faults_total = 900;
    sample.processes.push_back(process);
  }
}

void add_tenants(SampleRow& sample) {
  for (const auto* name : {"ComfyUI", "ollama", "postgres", "node"})
    sample.tenants.push_back({.id = {123'999, 1'234'567'890},
                              .name = name,
                              .rss = gib(5),
                              .anon = gib(4),
                              .pss = gib(4),
                              .gpu_memory = gib(2)});
}

StepRecord ordinary_step(int second) {
  auto step = step_at(second + 1, 1'700'000'000.456 + 1.0003 * second);
  step.loss = 0.1 + 0.00012345 * (second % 977);
  step.batch_size = 4;
  step.gradient_norm = 0.7 + 0.00054321 * (second % 911);
  step.learning_rate = 1e-4;
  step.step_time_seconds = 0.9 + 0.0000789 * (second % 101);
  step.data_wait_seconds = 0.01 + 0.0000123 * (second % 103);
  step.total_steps = 100'000;
  return step;
}

/// As the monitor writes: ten samples and fifty steps a group, details once a minute, a device
/// with every sample, other tenants where they changed, some events, where the log stood every five
/// seconds.
void write_hour(Store& store, const RunKey& run) {
  for (int group_number = 0; group_number < 72; ++group_number) {
    WriteGroup group;
    for (int i = 0; i < 10; ++i) {
      const int tick = group_number * 10 + i;
      auto sample = ordinary_sample(tick);
      if (tick % 12 == 0) add_details(sample);
      if (tick % 60 == 0) add_tenants(sample);
      const auto index = group.add(std::move(sample));
      group.add(LogMark{"1234567.0", 131'072 + 700LL * tick, 40 + 5LL * tick,
                        1'700'000'000.25 + 5.0003 * tick, 1 + 5LL * tick});
      if (tick % 36 == 0)
        group.add(EventRecord{1'700'000'000.5 + tick, "checkpoint_save_start",
                              R"({"step": 250, "bytes": 1234567})", 0},
                  index);
    }
    for (int i = 0; i < 50; ++i) group.add(ordinary_step(group_number * 50 + i));
    ASSERT_TRUE(store.write(run, group, {}));
  }
}

std::int64_t bytes_in_use(const std::filesystem::path& file) {
  OtherProgram other{file};
  return std::stoll(
      other.value("SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM "
                  "pragma_page_size)"));
}

TEST(Growth, an_hour_at_the_defaults_takes_less_than_a_megabyte) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  auto store = open_store(file);
  // Other jobs on both sides, so that the indexes grow in their middle, as they do in a file in
  // use.
  for (const auto* id :
       {"00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"}) {
    const auto other = begin(store, run_of(id));
    write_hour(store, other);
  }
  const auto run = begin(store, run_of("7e57d004-2b97-4e7a-b45f-5387367791cd"));
  const auto before = bytes_in_use(file);
  write_hour(store, run);
  const auto growth = bytes_in_use(file) - before;
  std::cout << "growth of the database in one hour: " << growth << " bytes\n";
  RecordProperty("bytes", std::to_string(growth));
  EXPECT_LT(growth, 1'000'000);
}

}  // namespace
}  // namespace tidemark
