#include "store/store.h"

#include <cmath>
#include <limits>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

RunInfo full_info() {
  RunInfo info;
  info.job_id = "job";
  info.job_name = "my_lora";
  info.host = "box";
  info.boot_id = "5f0c0c4e-0d2b-4f0e-9a39-0f4a4b1f2a10";
  info.process = {4711, 123456789012};
  info.monitor = {4712, 123456789999};
  info.command = {"python", "run.py", "a \"quoted\" name", "line\nbreak", ""};
  info.working_directory = "/home/me/toolkit";
  info.config_path = "config/my.yaml";
  info.config_json = R"({"config": {"name": "my_lora"}})";
  info.settings = {.enabled = true,
                   .sample_interval_seconds = 2.5,
                   .track_per_process = false,
                   .analyze_on_complete = false,
                   .memory_warning_ratio = 0.8,
                   .memory_critical_ratio = 0.9,
                   .performance_log_every = 10};
  info.anchor.boot.ns = 987654321;
  info.anchor.wall.ns = 1'700'000'000'123'456'789;
  info.tidemark_version = "0.1.0";
  return info;
}

TEST(Store, gives_back_what_is_known_of_a_run) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, full_info());
  const auto run = store.run("job");
  ASSERT_TRUE(run) << run.error().message;
  const auto& info = run->info;
  EXPECT_EQ(info.job_name, "my_lora");
  EXPECT_EQ(info.host, "box");
  EXPECT_EQ(info.boot_id, "5f0c0c4e-0d2b-4f0e-9a39-0f4a4b1f2a10");
  EXPECT_EQ(info.process, (ProcessIdentity{4711, 123456789012}));
  EXPECT_EQ(info.monitor, (ProcessIdentity{4712, 123456789999}));
  EXPECT_EQ(info.command,
            (std::vector<std::string>{"python", "run.py", "a \"quoted\" name", "line\nbreak", ""}));
  EXPECT_EQ(info.working_directory, "/home/me/toolkit");
  EXPECT_EQ(info.config_path, "config/my.yaml");
  EXPECT_EQ(info.config_json, R"({"config": {"name": "my_lora"}})");
  EXPECT_EQ(info.settings, full_info().settings);
  EXPECT_EQ(info.anchor.boot.ns, 987654321);
  EXPECT_EQ(info.anchor.wall.ns, 1'700'000'000'123'456'789);
  EXPECT_EQ(info.tidemark_version, "0.1.0");
  EXPECT_FALSE(run->end);
}

TEST(Store, gives_back_how_a_run_ended) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  RunEnd end;
  end.unix_seconds = 1'700'000'100.5;
  end.exit = {
      .kind = ExitKind::oom_killed, .code = 137, .signal = 9, .evidence = {"oom_kill rose by 1"}};
  end.main_max_rss = Bytes{65'000'000'512};
  end.monitor_cpu_seconds = 1.25;
  end.monitor_pss = Bytes{9'000'000};
  DropCounters drops;
  drops.add(Drop::tick_late, 3);
  ASSERT_TRUE(store.end_run(run, end, drops));
  const auto stored = store.run("job", 1);
  ASSERT_TRUE(stored && stored->end);
  EXPECT_EQ(stored->end->unix_seconds, 1'700'000'100.5);
  EXPECT_EQ(stored->end->exit.kind, ExitKind::oom_killed);
  EXPECT_EQ(stored->end->exit.code, 137);
  EXPECT_EQ(stored->end->exit.signal, 9);
  EXPECT_EQ(stored->end->exit.evidence, (std::vector<std::string>{"oom_kill rose by 1"}));
  EXPECT_EQ(stored->end->main_max_rss, Bytes{65'000'000'512});
  EXPECT_EQ(stored->end->monitor_cpu_seconds, 1.25);
  EXPECT_EQ(stored->end->monitor_pss, Bytes{9'000'000});
  EXPECT_EQ(stored->drops.of(Drop::tick_late), 3U);
  EXPECT_EQ(OtherProgram(folder / "t.db").value("SELECT status FROM TidemarkRun"), "failed");
}

TEST(Store, numbers_the_runs_of_a_job_from_one) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  EXPECT_EQ(begin(store, run_of("a")).number, 1);
  EXPECT_EQ(begin(store, run_of("a")).number, 2);
  EXPECT_EQ(begin(store, run_of("b")).number, 1);
  EXPECT_EQ(begin(store, run_of("a")).number, 3);
}

TEST(Store, finds_a_job_again_by_its_name_when_it_has_no_id) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto first = begin(store, run_of("", "my_lora"));
  const auto second = begin(store, run_of("", "my_lora"));
  const auto other = begin(store, run_of("", "another"));
  EXPECT_EQ(first.job_id.size(), 36U);
  EXPECT_EQ(second.job_id, first.job_id);
  EXPECT_EQ(second.number, 2);
  EXPECT_NE(other.job_id, first.job_id);
}

TEST(Store, refuses_a_run_that_has_neither_id_nor_name) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = store.begin_run(RunInfo{});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Errc::invalid);
}

TEST(Store, follows_a_job_that_was_renamed) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("a", "old"));
  begin(store, run_of("a", "new"));
  begin(store, run_of("a"));
  EXPECT_EQ(store.run("a")->info.job_name, "new");
}

SampleRow full_sample() {
  SampleRow s = sample_at(1'700'000'000.25);
  s.total = gib(128);
  s.used = Bytes{100'000'004'096};
  s.available = Bytes{37'438'949'376};
  s.swap_used = Bytes{0};
  s.main_process = Bytes{60'000'002'048};
  s.worker = Bytes{7};
  s.worker_count = 2;
  s.gpu_memory_used = Bytes{-1};
  s.gpu_utilization_ratio = 0.97;
  s.cpu_utilization_ratio = 0.125;
  s.cause = SampleCause::climb;
  s.process_basis = PssBasis::scaled;
  s.main_rss = Bytes{1};
  s.main_peak_rss = Bytes{2};
  s.main_swap = Bytes{3};
  s.worker_uss = Bytes{4};
  s.worker_rss = Bytes{5};
  s.child = Bytes{6};
  s.child_count = 8;
  s.page_cache = Bytes{9};
  s.cgroup_usage = Bytes{10};
  s.cgroup_working_set = Bytes{11};
  s.cgroup_limit = Bytes{12};
  s.cgroup_peak_bound = Bytes{13};
  s.cgroup_oom_kill_total = 14;
  s.cgroup_limit_hits_total = 15;
  s.shm_used = Bytes{16};
  s.shm_total = Bytes{17};
  s.address_space_used = Bytes{18};
  s.address_space_limit = Bytes{19};
  s.data_used = Bytes{20};
  s.data_limit = Bytes{21};
  s.swap_in_pages_total = 22;
  s.swap_out_pages_total = 23;
  s.major_faults_total = 24;
  s.oom_kill_total = 25;
  s.pressure_some_ratio = 0.26;
  s.pressure_full_ratio = 0.27;
  return s;
}

TEST(Store, gives_back_every_field_of_a_sample_to_the_byte) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, full_sample());
  const auto rows = samples_of(store, run);
  ASSERT_EQ(rows.size(), 1U);
  const auto& s = rows[0];
  EXPECT_EQ(s.unix_seconds, 1'700'000'000.25);
  EXPECT_EQ(s.total, gib(128));
  EXPECT_EQ(s.used, Bytes{100'000'004'096});
  EXPECT_EQ(s.available, Bytes{37'438'949'376});
  EXPECT_EQ(s.swap_used, Bytes{0});
  EXPECT_EQ(s.main_process, Bytes{60'000'002'048});
  EXPECT_EQ(s.worker, Bytes{7});
  EXPECT_EQ(s.worker_count, 2);
  EXPECT_EQ(s.gpu_memory_used, Bytes{-1});
  EXPECT_DOUBLE_EQ(s.gpu_utilization_ratio.value(), 0.97);
  EXPECT_DOUBLE_EQ(s.cpu_utilization_ratio.value(), 0.125);
  EXPECT_EQ(s.cause, SampleCause::climb);
  EXPECT_EQ(s.process_basis, PssBasis::scaled);
  EXPECT_EQ(s.main_rss, Bytes{1});
  EXPECT_EQ(s.main_peak_rss, Bytes{2});
  EXPECT_EQ(s.main_swap, Bytes{3});
  EXPECT_EQ(s.worker_uss, Bytes{4});
  EXPECT_EQ(s.worker_rss, Bytes{5});
  EXPECT_EQ(s.child, Bytes{6});
  EXPECT_EQ(s.child_count, 8);
  EXPECT_EQ(s.page_cache, Bytes{9});
  EXPECT_EQ(s.cgroup_usage, Bytes{10});
  EXPECT_EQ(s.cgroup_working_set, Bytes{11});
  EXPECT_EQ(s.cgroup_limit, Bytes{12});
  EXPECT_EQ(s.cgroup_peak_bound, Bytes{13});
  EXPECT_EQ(s.cgroup_oom_kill_total, 14U);
  EXPECT_EQ(s.cgroup_limit_hits_total, 15U);
  EXPECT_EQ(s.shm_used, Bytes{16});
  EXPECT_EQ(s.shm_total, Bytes{17});
  EXPECT_EQ(s.address_space_used, Bytes{18});
  EXPECT_EQ(s.address_space_limit, Bytes{19});
  EXPECT_EQ(s.data_used, Bytes{20});
  EXPECT_EQ(s.data_limit, Bytes{21});
  EXPECT_EQ(s.swap_in_pages_total, 22U);
  EXPECT_EQ(s.swap_out_pages_total, 23U);
  EXPECT_EQ(s.major_faults_total, 24U);
  EXPECT_EQ(s.oom_kill_total, 25U);
  EXPECT_EQ(s.pressure_some_ratio, 0.26);
  EXPECT_EQ(s.pressure_full_ratio, 0.27);
}

TEST(Store, keeps_the_contracts_columns_in_gib_and_percent) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, full_sample());
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT total_memory_gb FROM MetricsSample"), "128.0");
  EXPECT_EQ(other.value("SELECT cpu_utilization_percent FROM MetricsSample"), "12.5");
  EXPECT_EQ(other.value("SELECT timestamp FROM MetricsSample"), "1700000000.25");
}

TEST(Store, an_absent_value_is_null_and_comes_back_absent) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(5));
  const auto s = samples_of(store, run).at(0);
  EXPECT_FALSE(s.used || s.worker_count || s.main_rss || s.oom_kill_total || s.pressure_some_ratio);
  EXPECT_EQ(s.cause, SampleCause::tick);
  EXPECT_EQ(OtherProgram(folder / "t.db").value("SELECT used_memory_gb FROM MetricsSample"),
            "NULL");
}

TEST(Store, gives_samples_in_time_order_with_their_ids) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  WriteGroup group;
  EXPECT_EQ(group.add(sample_at(20)), 0U);
  EXPECT_EQ(group.add(sample_at(10)), 1U);
  ASSERT_TRUE(store.write(run, group, {}));
  const auto rows = samples_of(store, run);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].unix_seconds, 10);
  EXPECT_EQ(rows[0].id, 2);
  EXPECT_EQ(rows[1].unix_seconds, 20);
  EXPECT_EQ(rows[1].id, 1);
}

TEST(Store, keeps_devices_and_processes_with_their_sample) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto sample = sample_at(10);
  sample.gpus = {
      {.device_index = 1, .memory_used = gib(40), .memory_total = gib(80)},
      {.device_index = 0, .memory_used = {}, .memory_total = {}, .utilization_ratio = 0.5}};
  ProcessSample worker;
  worker.id = {77, 88};
  worker.role = ProcessRole::worker;
  worker.name = "pt_data_worker";
  worker.rss = Bytes{1};
  worker.peak_rss = Bytes{2};
  worker.rss_anon = Bytes{3};
  worker.rss_file = Bytes{4};
  worker.rss_shmem = Bytes{5};
  worker.swap = Bytes{6};
  worker.pss = Bytes{7};
  worker.uss = Bytes{8};
  worker.pss_basis = PssBasis::measured;
  worker.cpu_ticks_total = 9;
  sample.processes = {worker, ProcessSample{}};
  write_one(store, run, sample);
  write_one(store, run, sample_at(11));

  const auto rows = samples_of(store, run);
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_EQ(rows[0].gpus.size(), 2U);
  EXPECT_EQ(rows[0].gpus[0].device_index, 1);
  EXPECT_EQ(rows[0].gpus[0].memory_used, gib(40));
  EXPECT_EQ(rows[0].gpus[0].memory_total, gib(80));
  EXPECT_FALSE(rows[0].gpus[0].utilization_ratio);
  EXPECT_FALSE(rows[0].gpus[1].memory_used);
  EXPECT_EQ(rows[0].gpus[1].utilization_ratio, 0.5);
  EXPECT_TRUE(rows[1].gpus.empty());

  const auto processes = store.processes(rows[0].id);
  ASSERT_TRUE(processes);
  ASSERT_EQ(processes->size(), 2U);
  const auto& p = processes->at(0);
  EXPECT_EQ(p.id, (ProcessIdentity{77, 88}));
  EXPECT_EQ(p.role, ProcessRole::worker);
  EXPECT_EQ(p.name, "pt_data_worker");
  EXPECT_EQ(p.rss, Bytes{1});
  EXPECT_EQ(p.peak_rss, Bytes{2});
  EXPECT_EQ(p.rss_anon, Bytes{3});
  EXPECT_EQ(p.rss_file, Bytes{4});
  EXPECT_EQ(p.rss_shmem, Bytes{5});
  EXPECT_EQ(p.swap, Bytes{6});
  EXPECT_EQ(p.pss, Bytes{7});
  EXPECT_EQ(p.uss, Bytes{8});
  EXPECT_EQ(p.pss_basis, PssBasis::measured);
  EXPECT_EQ(p.cpu_ticks_total, 9U);
  EXPECT_FALSE(processes->at(1).rss);
  EXPECT_TRUE(store.processes(rows[1].id)->empty());
}

TEST(Store, an_event_points_at_the_sample_of_its_group) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(1));
  WriteGroup group;
  auto sample = sample_at(2);
  sample.used = gib(90);
  const auto index = group.add(sample);
  group.add(EventRecord{2.5, "oom_error", R"({"size": "2 GiB"})", 3}, index);
  group.add(EventRecord{1.5, "training_start", "", 0});
  EXPECT_EQ(group.row_count(), 3U);
  EXPECT_FALSE(group.empty());
  ASSERT_TRUE(store.write(run, group, {}));
  const auto events = store.events(run);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->at(0).event.type, "training_start");
  EXPECT_EQ(events->at(0).event.details, "");
  EXPECT_FALSE(events->at(0).used);
  EXPECT_EQ(events->at(1).event.type, "oom_error");
  EXPECT_EQ(events->at(1).event.details, R"({"size": "2 GiB"})");
  EXPECT_EQ(events->at(1).event.rank, 3);
  EXPECT_EQ(events->at(1).event.unix_seconds, 2.5);
  EXPECT_EQ(events->at(1).used, gib(90));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(
      other.value("SELECT memory_snapshot_id FROM TrainingEvent WHERE event_type = 'oom_error'"),
      "2");
}

StepRecord full_step() {
  StepRecord step = step_at(12, 1'700'000'001.5);
  step.loss = 0.125;
  step.batch_size = 4;
  step.gradient_norm = 1.5;
  step.learning_rate = 1e-4;
  step.step_time_seconds = 0.9;
  step.data_wait_seconds = 0.01;
  step.total_steps = 3000;
  step.source = StepSource::loss_log;
  step.rank = 2;
  return step;
}

TEST(Store, gives_back_every_field_of_a_step) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, full_step());
  const auto s = steps_of(store, run).at(0);
  EXPECT_EQ(s.step, 12);
  EXPECT_EQ(s.unix_seconds, 1'700'000'001.5);
  EXPECT_EQ(s.loss, 0.125);
  EXPECT_EQ(s.batch_size, 4);
  EXPECT_EQ(s.gradient_norm, 1.5);
  EXPECT_EQ(s.learning_rate, 1e-4);
  EXPECT_EQ(s.step_time_seconds, 0.9);
  EXPECT_EQ(s.data_wait_seconds, 0.01);
  EXPECT_EQ(s.total_steps, 3000);
  EXPECT_EQ(s.source, StepSource::loss_log);
  EXPECT_EQ(s.rank, 2);
}

TEST(Store, nan_and_infinity_come_back_as_they_were) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  auto nan = step_at(1, 1);
  nan.loss = std::nan("");
  nan.gradient_norm = std::nan("");
  auto infinite = step_at(2, 2);
  infinite.loss = kInfinity;
  infinite.gradient_norm = -kInfinity;
  auto absent = step_at(3, 3);
  absent.gradient_norm = std::nan("");
  WriteGroup group;
  group.add(nan);
  group.add(infinite);
  group.add(absent);
  ASSERT_TRUE(store.write(run, group, {}));
  const auto steps = steps_of(store, run);
  ASSERT_EQ(steps.size(), 3U);
  ASSERT_TRUE(steps[0].loss && steps[0].gradient_norm);
  EXPECT_TRUE(std::isnan(*steps[0].loss));
  EXPECT_TRUE(std::isnan(*steps[0].gradient_norm));
  EXPECT_EQ(steps[1].loss, kInfinity);
  EXPECT_EQ(steps[1].gradient_norm, -kInfinity);
  EXPECT_FALSE(steps[2].loss);
  ASSERT_TRUE(steps[2].gradient_norm);
  EXPECT_TRUE(std::isnan(*steps[2].gradient_norm));
  EXPECT_EQ(
      OtherProgram(folder / "t.db").value("SELECT nan_columns FROM StepMetric WHERE step = 1"),
      "loss,gradient_norm");
}

TEST(Store, does_not_mix_two_runs) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto first = begin(store, run_of("job"));
  const auto second = begin(store, run_of("job"));
  write_one(store, first, sample_at(1));
  write_one(store, second, sample_at(2));
  write_one(store, first, step_at(1, 1));
  write_one(store, second, step_at(1, 2));
  ASSERT_EQ(samples_of(store, first).size(), 1U);
  EXPECT_EQ(samples_of(store, second).at(0).unix_seconds, 2);
  ASSERT_EQ(steps_of(store, first).size(), 1U);
  EXPECT_EQ(steps_of(store, second).at(0).unix_seconds, 2);
}

TEST(Store, drops_are_totals_and_replace_each_other) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  DropCounters drops;
  drops.add(Drop::queue_full, 2);
  ASSERT_TRUE(store.write(run, {}, drops));
  drops.add(Drop::queue_full, 3);
  drops.add(Drop::log_bytes, 100);
  ASSERT_TRUE(store.write(run, {}, drops));
  EXPECT_EQ(store.run("job")->drops, drops);
}

TEST(Store, keeps_one_report_of_a_run) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  const auto next = begin(store, run_of("job"));
  StoredReport report{.created_at = 10,
                      .summary = R"({"a": 1})",
                      .recommendations = "[]",
                      .log_errors = "[1]",
                      .peak_memory_gb = 71.5,
                      .health_score = "warning",
                      .analysis = "{}"};
  ASSERT_TRUE(store.save_report(run, report));
  report.summary = R"({"a": 2})";
  report.created_at = 5;  // a clock that was set back
  report.peak_memory_gb.reset();
  ASSERT_TRUE(store.save_report(run, report));
  const auto stored = store.report(run);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->created_at, 5);
  EXPECT_EQ((*stored)->summary, R"({"a": 2})");
  EXPECT_EQ((*stored)->recommendations, "[]");
  EXPECT_EQ((*stored)->log_errors, "[1]");
  EXPECT_FALSE((*stored)->peak_memory_gb);
  EXPECT_EQ((*stored)->health_score, "warning");
  EXPECT_EQ((*stored)->analysis, "{}");
  EXPECT_FALSE(*store.report(next));
  EXPECT_EQ(OtherProgram(folder / "t.db").value("SELECT count(*) FROM AnalysisReport"), "1");
}

TEST(Store, refuses_rows_of_a_run_that_was_removed) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  ASSERT_TRUE(store.remove_job("job"));
  WriteGroup group;
  group.add(sample_at(1));
  const auto written = store.write(run, group, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::not_found);
  EXPECT_EQ(store.end_run(run, end_at(1), {}).error().code, Errc::not_found);
  EXPECT_EQ(OtherProgram(folder / "t.db").value("SELECT count(*) FROM MetricsSample"), "0");
}

TEST(Store, another_connection_sees_what_was_written_and_synced) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  auto reader = open_store(folder / "t.db", reading());
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(1));
  ASSERT_TRUE(store.sync());
  EXPECT_EQ(samples_of(reader, run).size(), 1U);
  EXPECT_TRUE(reader.sync());
}

TEST(Store, can_be_read_from_inside_a_stream) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(1));
  write_one(store, run, sample_at(2));
  int seen = 0;
  ASSERT_TRUE(store.for_each_sample(
      run, [&](const SampleRow&) { seen += static_cast<int>(samples_of(store, run).size()); }));
  EXPECT_EQ(seen, 4);
}

TEST(Store, stays_usable_after_it_was_moved) {
  const TemporaryFolder folder;
  auto first = open_store(folder / "t.db");
  const auto run = begin(first, run_of("job"));
  Store second = std::move(first);
  write_one(second, run, sample_at(1));
  EXPECT_EQ(samples_of(second, run).size(), 1U);
}

TEST(Store, what_is_known_of_a_device_comes_back) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto sample = sample_at(5);
  sample.gpu_run_memory = gib(3);
  sample.cpuless_total = gib(96);
  GpuSample gpu;
  gpu.device_index = 1;
  gpu.memory_held = gib(7);
  gpu.run_memory = gib(3);
  gpu.domain = MemoryDomain::unified;
  gpu.of_run = false;
  gpu.id = "GPU-1234";
  gpu.name = "NVIDIA GB10";
  gpu.processes = {{.pid = 77, .memory = gib(3), .of_run = true}, {.pid = 78}};
  sample.gpus = {gpu};
  write_one(store, run, sample);
  const auto rows = samples_of(store, run);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].gpu_run_memory, gib(3));
  EXPECT_EQ(rows[0].cpuless_total, gib(96));
  EXPECT_FALSE(rows[0].cpuless_free);
  ASSERT_EQ(rows[0].gpus.size(), 1U);
  const auto& read = rows[0].gpus[0];
  EXPECT_EQ(read.domain, MemoryDomain::unified);
  EXPECT_FALSE(read.of_run);
  EXPECT_EQ(read.memory_held, gib(7));
  EXPECT_FALSE(read.memory_used);
  EXPECT_EQ(read.id, "GPU-1234");
  EXPECT_EQ(read.name, "NVIDIA GB10");
  const auto processes = store.gpu_processes(rows[0].id, 1);
  ASSERT_TRUE(processes && processes->size() == 2U);
  EXPECT_EQ((*processes)[0].pid, 77);
  EXPECT_EQ((*processes)[0].memory, gib(3));
  EXPECT_TRUE((*processes)[0].of_run);
  EXPECT_FALSE((*processes)[1].memory);
  ASSERT_TRUE(store.remove_job("job"));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkGpuProcess"), "0");
}

TEST(Store, processes_of_two_slices_of_one_gpu_are_told_apart_by_their_uids) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto sample = sample_at(5);
  GpuSample first;
  first.id = "MIG-a";
  first.processes = {{.pid = 77, .memory = gib(3), .of_run = true}};
  GpuSample second;
  second.id = "MIG-b";
  second.processes = {{.pid = 78, .memory = gib(4)}};
  sample.gpus = {first, second};
  write_one(store, run, sample);
  const auto id = samples_of(store, run).at(0).id;
  const auto of_second = store.gpu_processes(id, 0, "MIG-b");
  ASSERT_TRUE(of_second && of_second->size() == 1U);
  EXPECT_EQ((*of_second)[0].pid, 78);
  EXPECT_EQ(store.gpu_processes(id, 0)->size(), 2U);
}

TEST(Store, other_tenants_come_back_with_the_sample_that_they_were_found_for) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto found = sample_at(5);
  found.tenant_memory = gib(18);
  found.tenant_cgroup_memory = gib(2);
  found.tenants = {{.id = {.pid = 900, .start_ticks = 12},
                    .name = "comfyui",
                    .rss = gib(17),
                    .anon = gib(16),
                    .gpu_memory = gib(9)},
                   {.id = {.pid = 901, .start_ticks = 13},
                    .name = "postgres",
                    .rss = gib(4),
                    .pss = gib(2),
                    .in_cgroup = true}};
  write_one(store, run, found);
  auto later = sample_at(10);
  later.tenant_memory = gib(18);
  write_one(store, run, later);
  const auto rows = samples_of(store, run);
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_EQ(rows[0].tenants.size(), 2U);
  EXPECT_EQ(rows[0].tenants[0].name, "comfyui");
  EXPECT_EQ(rows[0].tenants[0].id, (ProcessIdentity{.pid = 900, .start_ticks = 12}));
  EXPECT_EQ(rows[0].tenants[0].anon, gib(16));
  EXPECT_FALSE(rows[0].tenants[0].pss);
  EXPECT_EQ(rows[0].tenants[0].gpu_memory, gib(9));
  EXPECT_FALSE(rows[0].tenants[0].in_cgroup);
  EXPECT_EQ(rows[0].tenants[1].pss, gib(2));
  EXPECT_TRUE(rows[0].tenants[1].in_cgroup);
  EXPECT_EQ(rows[0].tenant_cgroup_memory, gib(2));
  EXPECT_TRUE(rows[1].tenants.empty());
  EXPECT_EQ(rows[1].tenant_memory, gib(18));
  ASSERT_TRUE(store.remove_job("job"));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkTenant"), "0");
}

TEST(Store, pressure_totals_faults_and_a_carve_out_come_back) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto sample = sample_at(5);
  sample.host_pressure_some_us_total = 1'500'000;
  sample.cgroup_pressure_full_us_total = 900;
  sample.main_major_faults_total = 41;
  sample.main_anon = gib(2);
  sample.main_shmem = gib(1);
  GpuSample gpu;
  gpu.carve_out_total = gib(96);
  gpu.carve_out_used = gib(40);
  sample.gpus = {gpu};
  write_one(store, run, sample);
  const auto row = samples_of(store, run).at(0);
  EXPECT_EQ(row.host_pressure_some_us_total, 1'500'000U);
  EXPECT_FALSE(row.host_pressure_full_us_total);
  EXPECT_EQ(row.cgroup_pressure_full_us_total, 900U);
  EXPECT_EQ(row.main_major_faults_total, 41U);
  EXPECT_EQ(row.main_anon, gib(2));
  EXPECT_EQ(row.main_shmem, gib(1));
  EXPECT_EQ(row.gpus.at(0).carve_out_total, gib(96));
  EXPECT_EQ(row.gpus.at(0).carve_out_used, gib(40));
}

}  // namespace
}  // namespace tidemark
