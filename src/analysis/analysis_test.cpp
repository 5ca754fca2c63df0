#include "analysis/analysis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>

namespace tidemark {
namespace {

constexpr double kStart = 1'700'000'000;

// A container of 8 GiB on a machine of 64 GiB; the trainer with 3 GiB and four workers with 4 GiB.
SampleRow training_sample(double at) {
  SampleRow row;
  row.unix_seconds = kStart + at;
  row.total = gib(64);
  row.used = gib(20);
  row.cgroup_limit = gib(8);
  row.cgroup_working_set = mib(7680);
  row.main_rss = gib(3);
  row.main_process = gib(3);
  row.main_peak_rss = gib(3);
  row.worker = gib(4);
  row.worker_uss = mib(3840);
  row.worker_rss = gib(14);
  row.worker_count = 4;
  row.process_basis = PssBasis::measured;
  row.cgroup_oom_kill_total = 0;
  row.cgroup_limit_hits_total = 0;
  return row;
}

SampleRow first_sample() {
  auto row = training_sample(0);
  row.cgroup_working_set = mib(256);
  row.used = gib(12);
  row.main_rss = row.main_process = row.main_peak_rss = mib(16);
  row.worker = row.worker_uss = row.worker_rss = Bytes{};
  row.worker_count = 0;
  return row;
}

SampleRow after_the_kill(double at) {
  SampleRow row;
  row.unix_seconds = kStart + at;
  row.total = gib(64);
  row.used = gib(12);
  row.cgroup_limit = gib(8);
  row.cgroup_working_set = mib(256);
  row.cgroup_oom_kill_total = 1;
  row.cgroup_limit_hits_total = 3;
  return row;
}

RunEnd end_of(ExitKind kind, std::optional<std::int32_t> signal = std::nullopt) {
  return {.unix_seconds = kStart + 60,
          .exit = {.kind = kind, .signal = signal, .evidence = {"seen"}}};
}

Analysis analysis_of(const std::vector<SampleRow>& samples, std::optional<RunEnd> end,
                     std::optional<SeenError> error = std::nullopt) {
  FactsBuilder builder{{}, 1, std::move(end), {}};
  for (const auto& sample : samples) builder.add(sample);
  if (error) builder.add(*error);
  return analyze(std::move(builder).finish(), nullptr);
}

const Finding* find(const Analysis& analysis, std::string_view id) {
  const auto found = std::ranges::find(analysis.findings, id, &Finding::id);
  return found == analysis.findings.end() ? nullptr : &*found;
}

Bytes sum_of(const std::vector<Component>& parts) {
  Bytes sum{};
  for (const auto& part : parts) sum += part.held;
  return sum;
}

Bytes held_by(const Analysis& analysis, std::string_view component) {
  for (const auto& part : analysis.breakdown)
    if (part.component == component) return part.held;
  return Bytes{-1};
}

TEST(Analysis, workers_whose_end_would_have_sufficed_are_the_primary_cause) {
  const auto analysis = analysis_of({first_sample(), training_sample(5), after_the_kill(10)},
                                    end_of(ExitKind::oom_killed, SIGKILL));
  EXPECT_EQ(analysis.summary.primary_cause, "dataloader_workers");
  EXPECT_EQ(analysis.summary.health, Health::critical);
  EXPECT_EQ(analysis.findings.front().severity, Severity::critical);
  EXPECT_EQ(analysis.summary.oom_count, 1);
  ASSERT_TRUE(analysis.summary.limiting_pool);
  EXPECT_EQ(analysis.summary.limiting_pool->peak, gib(8));
  EXPECT_NE(find(analysis, "container_limit"),
            nullptr);  // 8 of 64 GiB: worth saying, after the workers
  EXPECT_EQ(find(analysis, "unknown"), nullptr);
}

TEST(Analysis, the_breakdown_adds_up_to_the_peak_exactly) {
  const auto analysis = analysis_of({first_sample(), training_sample(5), after_the_kill(10)},
                                    end_of(ExitKind::oom_killed, SIGKILL));
  EXPECT_EQ(sum_of(analysis.breakdown), gib(8));
  EXPECT_EQ(held_by(analysis, "dataloader_workers"), gib(4));
  EXPECT_EQ(held_by(analysis, "main_process"), gib(3));
  EXPECT_EQ(held_by(analysis, "system_baseline"), mib(240));
  EXPECT_EQ(held_by(analysis, "unattributed"), mib(784));
  EXPECT_EQ(analysis.breakdown.back().component, "unattributed");
}

TEST(Analysis, processes_that_hold_more_than_the_pool_are_capped) {
  auto sample = training_sample(5);
  sample.main_process = gib(30);  // pages of files, which the pool does not count as used
  const auto analysis = analysis_of({sample}, end_of(ExitKind::completed));
  EXPECT_EQ(sum_of(analysis.breakdown), mib(7680));
  EXPECT_EQ(held_by(analysis, "dataloader_workers"), gib(4));
}

TEST(Analysis, summed_rss_of_workers_is_never_their_share) {
  auto sample = training_sample(5);
  sample.process_basis = PssBasis::none;
  sample.worker = sample.worker_rss;
  sample.worker_uss.reset();
  const auto analysis = analysis_of({sample}, end_of(ExitKind::completed));
  EXPECT_EQ(held_by(analysis, "dataloader_workers"), Bytes{-1});
  EXPECT_EQ(find(analysis, "dataloader_workers"), nullptr);
}

TEST(Analysis, growth_besides_the_run_is_told_with_low_confidence) {
  auto first = first_sample();
  auto later = training_sample(5);
  first.cgroup_limit.reset();
  later.cgroup_limit.reset();
  later.used = gib(62);
  later.worker_uss = later.worker = mib(100);
  const auto analysis = analysis_of({first, later}, end_of(ExitKind::completed));
  EXPECT_EQ(sum_of(analysis.breakdown), gib(62));
  EXPECT_EQ(analysis.summary.primary_cause, "other_process");
  EXPECT_LT(find(analysis, "other_process")->confidence, 0.5);
}

TEST(Analysis, a_device_that_shares_the_memory_forbids_blaming_others) {
  auto first = first_sample();
  auto later = training_sample(5);
  first.cgroup_limit.reset();
  later.cgroup_limit.reset();
  later.used = gib(62);
  later.worker_uss = later.worker = mib(100);
  later.gpus = {GpuSample{.domain = MemoryDomain::unified}};
  const auto analysis = analysis_of({first, later}, end_of(ExitKind::completed));
  EXPECT_EQ(find(analysis, "other_process"), nullptr);
  EXPECT_EQ(held_by(analysis, "other_processes"), Bytes{-1});
}

TEST(Analysis, a_container_far_below_the_machine_is_named_when_nothing_cheaper_suffices) {
  auto sample = training_sample(5);
  sample.worker_count = 0;
  sample.worker.reset();
  sample.worker_uss.reset();
  sample.main_process = sample.main_rss = sample.main_peak_rss = gib(7);
  const auto analysis = analysis_of({first_sample(), sample, after_the_kill(10)},
                                    end_of(ExitKind::oom_killed, SIGKILL));
  EXPECT_EQ(analysis.summary.primary_cause, "container_limit");
}

TEST(Analysis, unknown_is_an_answer_when_nothing_that_was_measured_suffices) {
  auto first = first_sample();
  auto sample = training_sample(5);
  auto last = after_the_kill(10);
  for (auto* row : {&first, &sample, &last})
    row->total = gib(9);  // the limit is most of the machine
  sample.worker_count = 0;
  sample.worker.reset();
  sample.worker_uss.reset();
  const auto analysis = analysis_of({first, sample, last}, end_of(ExitKind::oom_killed, SIGKILL));
  EXPECT_EQ(analysis.summary.primary_cause, "unknown");
  EXPECT_NE(find(analysis, "unknown")->explanation.find("What was missing"), std::string::npos);
}

TEST(Analysis, workers_that_hold_too_little_are_only_contributing) {
  auto sample = training_sample(5);
  sample.worker = sample.worker_uss = mib(500);
  sample.main_process = sample.main_rss = sample.main_peak_rss = mib(7100);
  const auto analysis = analysis_of({first_sample(), sample, after_the_kill(10)},
                                    end_of(ExitKind::oom_killed, SIGKILL));
  EXPECT_EQ(analysis.summary.primary_cause, "container_limit");
  ASSERT_NE(find(analysis, "dataloader_workers"), nullptr);
  EXPECT_NE(find(analysis, "dataloader_workers")->title.find("not enough"), std::string::npos);
}

TEST(Analysis, workers_are_not_blamed_for_a_main_process_that_kept_growing) {
  FactsBuilder builder{{}, 1, end_of(ExitKind::oom_killed, SIGKILL), {}};
  builder.add(first_sample());
  for (std::int64_t i = 1; i <= 40; ++i) {
    auto sample = training_sample(static_cast<double>(i));
    sample.main_process = sample.main_rss = sample.main_peak_rss = mib(150 * i);
    sample.worker = sample.worker_uss = gib(1);
    sample.cgroup_working_set = mib(1200 + 150 * i);
    builder.add(sample);
    builder.add(StepRecord{.step = i, .unix_seconds = kStart + static_cast<double>(i)});
  }
  builder.add(after_the_kill(41));
  const auto analysis = analyze(std::move(builder).finish(), nullptr);
  EXPECT_EQ(analysis.summary.primary_cause, "container_limit");
}

TEST(Analysis, a_memory_error_under_a_process_limit_names_the_limit) {
  auto sample = training_sample(5);
  sample.address_space_limit = gib(10);
  sample.address_space_used = mib(9900);
  const auto analysis = analysis_of({sample}, end_of(ExitKind::oom_exception),
                                    SeenError{.type = "MemoryError", .out_of_memory = true});
  EXPECT_EQ(analysis.summary.primary_cause, "process_limit");
  EXPECT_EQ(analysis.summary.limiting_pool->kind, PoolKind::process);
  EXPECT_EQ(sum_of(analysis.breakdown), mib(9900));
}

TEST(Analysis, a_bus_error_with_full_shm_names_shm) {
  auto sample = training_sample(5);
  sample.shm_total = mib(64);
  sample.shm_used = mib(63);
  const auto analysis = analysis_of({sample}, end_of(ExitKind::oom_exception, SIGBUS));
  EXPECT_EQ(analysis.summary.primary_cause, "shm_too_small");
  EXPECT_EQ(sum_of(analysis.breakdown), mib(63));
}

TEST(Analysis, a_request_that_no_limit_explains_blames_nobody) {
  auto sample = training_sample(5);
  sample.cgroup_limit.reset();  // the machine is far from full
  sample.tenants.push_back({.id = {7, 1}, .name = "compiler", .anon = mib(600)});
  sample.tenant_memory = mib(600);
  const auto analysis = analysis_of({sample}, end_of(ExitKind::oom_exception),
                                    SeenError{.type = "MemoryError", .out_of_memory = true});
  ASSERT_LT(analysis.summary.limiting_pool->fraction(), 0.75);
  EXPECT_EQ(analysis.summary.primary_cause, "unknown");
  EXPECT_EQ(find(analysis, "other_process"), nullptr);
  EXPECT_NE(find(analysis, "unknown")->explanation.find("no limit that was seen was near"),
            std::string::npos);
}

TEST(Analysis, a_devices_oom_blames_no_worker) {
  const auto analysis =
      analysis_of({first_sample(), training_sample(5)}, end_of(ExitKind::oom_exception),
                  SeenError{.type = "torch.OutOfMemoryError",
                            .message = "CUDA out of memory",
                            .out_of_memory = true});
  EXPECT_EQ(analysis.summary.primary_cause, "unknown");
  EXPECT_EQ(find(analysis, "dataloader_workers"), nullptr);
  EXPECT_NE(find(analysis, "unknown")->explanation.find("device"), std::string::npos);
}

TEST(Analysis, a_healthy_run_is_good_and_told_what_was_spare) {
  auto sample = first_sample();
  const auto analysis = analysis_of({sample}, end_of(ExitKind::completed));
  EXPECT_EQ(analysis.summary.health, Health::good);
  EXPECT_TRUE(analysis.summary.training_completed);
  EXPECT_EQ(analysis.summary.primary_cause, "spare_memory");
}

TEST(Analysis, thresholds_of_the_settings_colour_the_badge) {
  auto sample = first_sample();
  sample.cgroup_limit.reset();
  const auto health_at = [&sample](Bytes used) {
    sample.used = used;
    return analysis_of({sample}, end_of(ExitKind::completed)).summary.health;
  };
  EXPECT_EQ(health_at(gib(54)), Health::good);      // 84.4%
  EXPECT_EQ(health_at(gib(55)), Health::warning);   // 85.9%
  EXPECT_EQ(health_at(gib(60)), Health::warning);   // 93.8%
  EXPECT_EQ(health_at(gib(61)), Health::critical);  // 95.3%
}

TEST(Analysis, advice_turns_critical_before_the_badge_does) {
  auto sample = first_sample();
  sample.cgroup_limit.reset();
  sample.used = gib(58);  // 90.6%
  const auto analysis = analysis_of({sample}, end_of(ExitKind::completed));
  EXPECT_EQ(memory_severity(analysis), Severity::critical);
  EXPECT_EQ(analysis.summary.health, Health::warning);
  EXPECT_NE(find(analysis, "near_limit"), nullptr);
}

TEST(Analysis, a_signal_at_high_memory_is_not_called_an_oom) {
  const auto analysis =
      analysis_of({first_sample(), training_sample(5)}, end_of(ExitKind::signal, SIGKILL));
  EXPECT_EQ(analysis.summary.primary_cause, "killed_by_signal");
  EXPECT_EQ(analysis.summary.oom_count, 0);
  EXPECT_EQ(analysis.summary.health, Health::warning);
}

TEST(Analysis, an_exception_that_is_no_memory_matter_stays_first) {
  const auto analysis = analysis_of({first_sample(), training_sample(5)}, end_of(ExitKind::error),
                                    SeenError{.type = "ValueError", .message = "bad shape"});
  EXPECT_EQ(analysis.summary.primary_cause, "exception");
}

TEST(Analysis, a_stop_is_no_failure_and_no_completion) {
  const auto analysis = analysis_of({first_sample()}, end_of(ExitKind::stopped, SIGINT));
  EXPECT_EQ(analysis.status, RunStatus::stopped);
  EXPECT_EQ(analysis.summary.primary_cause, "stopped_by_user");
  EXPECT_EQ(analysis.summary.health, Health::warning);
  EXPECT_FALSE(analysis.summary.training_completed);
}

TEST(Analysis, swapped_pages_of_the_trainer_are_a_finding) {
  auto sample = first_sample();
  sample.main_swap = mib(200);
  const auto analysis = analysis_of({sample}, end_of(ExitKind::completed));
  ASSERT_NE(find(analysis, "swapping"), nullptr);
  EXPECT_EQ(analysis.summary.health, Health::warning);
}

TEST(Analysis, a_silence_after_the_last_step_is_called_a_stall) {
  FactsBuilder builder{
      {}, 1, RunEnd{.unix_seconds = kStart + 4000, .exit = {.kind = ExitKind::stopped}}, {}};
  for (std::int64_t i = 0; i < 20; ++i)
    builder.add(StepRecord{.step = i, .unix_seconds = kStart + static_cast<double>(i)});
  const auto analysis = analyze(std::move(builder).finish(), nullptr);
  ASSERT_NE(find(analysis, "stalled"), nullptr);
  EXPECT_EQ(analysis.summary.primary_cause, "stopped_by_user");
}

TEST(Analysis, a_run_without_any_row_says_what_it_could_not_know) {
  const auto analysis = analysis_of({}, std::nullopt);
  EXPECT_EQ(analysis.exit.kind, ExitKind::unknown);
  EXPECT_FALSE(analysis.exit.evidence.empty());
  EXPECT_EQ(analysis.summary.primary_cause, "unknown");
  EXPECT_FALSE(analysis.summary.limiting_pool.has_value());
  EXPECT_TRUE(analysis.breakdown.empty());
  EXPECT_EQ(analysis.summary.duration_minutes, 0);
  EXPECT_EQ(analysis.summary.verdict,
            "How it ended is not known; last seen alive; memory was never sampled.");
}

TEST(Analysis, bytes_of_log_are_no_dropped_records) {
  DropCounters drops;
  drops.add(Drop::log_bytes, 4096);
  drops.add(Drop::queue_full, 3);
  FactsBuilder builder{{}, 1, end_of(ExitKind::completed), drops};
  EXPECT_EQ(analyze(std::move(builder).finish(), nullptr).summary.dropped_records, 3);
}

TEST(Analysis, the_number_of_steps_comes_from_the_config_where_no_source_shows_it) {
  const auto config = JobConfig::parse(
      "job: extension\nconfig:\n  name: x\n  process:\n    - train:\n        steps: 500\n", "test");
  ASSERT_TRUE(config) << config.error().message;
  const auto analysis = analyze(RunFacts{}, &*config);
  EXPECT_EQ(analysis.summary.total_steps, 500);
}

}  // namespace
}  // namespace tidemark
