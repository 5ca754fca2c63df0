#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {
namespace {

constexpr double kStart = 1'700'000'000;

SampleRow host_sample(double at, Bytes used) {
  SampleRow row;
  row.unix_seconds = kStart + at;
  row.total = gib(16);
  row.used = used;
  return row;
}

SampleRow cgroup_sample(double at, Bytes working_set, Bytes main_rss) {
  auto row = host_sample(at, gib(4));
  row.cgroup_limit = gib(8);
  row.cgroup_working_set = working_set;
  row.main_rss = main_rss;
  row.main_process = main_rss;
  row.main_peak_rss = main_rss;
  return row;
}

RunFacts facts_of(const std::vector<SampleRow>& samples, std::optional<RunEnd> end = std::nullopt) {
  FactsBuilder builder{{}, 1, std::move(end), {}};
  for (const auto& sample : samples) builder.add(sample);
  return std::move(builder).finish();
}

PoolPeak pool_of(const RunFacts& facts, PoolKind kind) {
  for (const auto& pool : facts.pools)
    if (pool.kind == kind) return pool;
  ADD_FAILURE() << "no pool " << name_of(kind);
  return {};
}

RunEnd ended_with(ExitKind kind) {
  return {.unix_seconds = kStart + 100, .exit = {.kind = kind}};
}

TEST(FactsBuilder, the_highest_sample_is_the_peak) {
  const auto facts =
      facts_of({host_sample(0, gib(4)), host_sample(5, gib(9)), host_sample(10, gib(6))});
  const auto host = pool_of(facts, PoolKind::host);
  EXPECT_EQ(host.peak, gib(9));
  EXPECT_EQ(host.limit, gib(16));
  EXPECT_EQ(host.at, kStart + 5);
  EXPECT_EQ(host.basis, Basis::measured);
  ASSERT_TRUE(facts.at_peak);
  EXPECT_EQ(facts.at_peak->unix_seconds, kStart + 5);
}

TEST(FactsBuilder, a_limit_that_was_lowered_counts_from_then_on) {
  auto before = cgroup_sample(0, gib(6), gib(1));
  auto after = cgroup_sample(5, gib(3), gib(1));
  after.cgroup_limit = gib(4);
  const auto facts = facts_of({before, after});
  EXPECT_EQ(pool_of(facts, PoolKind::cgroup).peak, gib(6));
  after.cgroup_working_set = mib(4000);
  EXPECT_EQ(pool_of(facts_of({before, after}), PoolKind::cgroup).limit, gib(4));
}

TEST(FactsBuilder, a_cgroup_limit_above_the_machine_is_none) {
  auto sample = cgroup_sample(0, gib(2), gib(1));
  sample.cgroup_limit = Bytes{9'223'372'036'854'771'712};  // what cgroup v1 writes for "unlimited"
  EXPECT_EQ(facts_of({sample}).pools.size(), 1U);
}

TEST(FactsBuilder, a_spike_between_samples_is_told_by_vmhwm) {
  auto before = cgroup_sample(0, gib(3), gib(2));
  auto after = cgroup_sample(5, gib(3), gib(2));
  after.main_peak_rss = gib(5);
  const auto pool = pool_of(facts_of({before, after}), PoolKind::cgroup);
  EXPECT_EQ(pool.peak,
            gib(6));  // 3 GiB in the sample, and 3 GiB that the main process once had above it
  EXPECT_EQ(pool.sampled, gib(3));
  EXPECT_EQ(pool.basis, Basis::estimated);
}

TEST(FactsBuilder, a_peak_from_before_the_watch_is_not_this_recordings) {
  auto attached = cgroup_sample(0, gib(3), gib(2));
  attached.main_peak_rss = gib(6);
  const auto facts = facts_of({attached, attached});
  EXPECT_EQ(pool_of(facts, PoolKind::cgroup).peak, gib(3));
  EXPECT_EQ(facts.exact_main_peak, gib(6));
}

TEST(FactsBuilder, a_spike_after_the_last_sample_is_told_by_wait4) {
  auto end = ended_with(ExitKind::signal);
  end.main_max_rss = gib(4);
  const auto facts = facts_of({cgroup_sample(0, gib(3), gib(2))}, end);
  EXPECT_EQ(pool_of(facts, PoolKind::cgroup).peak, gib(5));
  EXPECT_EQ(pool_of(facts, PoolKind::cgroup).at, kStart + 100);
  EXPECT_EQ(facts.exact_main_peak, gib(4));
}

TEST(FactsBuilder, an_exact_peak_that_the_samples_saw_changes_nothing) {
  auto end = ended_with(ExitKind::completed);
  end.main_max_rss = gib(2) + mib(1);
  const auto pool = pool_of(facts_of({cgroup_sample(0, gib(3), gib(2))}, end), PoolKind::cgroup);
  EXPECT_EQ(pool.peak, gib(3));
  EXPECT_EQ(pool.basis, Basis::measured);
}

TEST(FactsBuilder, an_estimated_peak_stays_below_limit_and_watermark) {
  auto end = ended_with(ExitKind::completed);
  end.main_max_rss = gib(100);
  auto sample = cgroup_sample(0, gib(3), gib(2));
  EXPECT_EQ(pool_of(facts_of({sample}, end), PoolKind::cgroup).peak, gib(8));
  auto after_the_end = host_sample(5, gib(2));
  after_the_end.cgroup_limit = gib(8);
  after_the_end.cgroup_working_set = gib(1);
  after_the_end.cgroup_peak_bound = gib(7);
  const auto pool = pool_of(facts_of({sample, after_the_end}, end), PoolKind::cgroup);
  EXPECT_EQ(pool.peak, gib(7));
  EXPECT_EQ(pool.bound, gib(7));
}

TEST(FactsBuilder, exact_is_said_only_where_the_watermark_agrees) {
  auto sample = cgroup_sample(0, gib(3), gib(2));
  sample.cgroup_peak_bound = gib(3);
  EXPECT_TRUE(pool_of(facts_of({sample}), PoolKind::cgroup).confirmed);
  sample.cgroup_peak_bound = gib(5);  // page cache or an earlier run
  EXPECT_FALSE(pool_of(facts_of({sample}), PoolKind::cgroup).confirmed);
}

TEST(FactsBuilder, a_watermark_below_what_was_seen_is_no_bound) {
  auto sample = cgroup_sample(0, gib(3), gib(2));
  sample.cgroup_peak_bound = gib(1);
  EXPECT_FALSE(pool_of(facts_of({sample}), PoolKind::cgroup).bound.has_value());
}

TEST(FactsBuilder, a_kill_at_the_limit_means_that_the_working_set_reached_it) {
  auto before = cgroup_sample(0, gib(5), gib(4));
  before.cgroup_oom_kill_total = 2;
  before.cgroup_limit_hits_total = 7;
  auto after = host_sample(5, gib(2));
  after.cgroup_limit = gib(8);
  after.cgroup_working_set = gib(1);
  after.cgroup_oom_kill_total = 3;
  after.cgroup_limit_hits_total = 8;
  after.cgroup_peak_bound = gib(8);
  const auto facts = facts_of({before, after}, ended_with(ExitKind::oom_killed));
  const auto pool = pool_of(facts, PoolKind::cgroup);
  EXPECT_EQ(facts.cgroup_oom_kills, 1U);
  EXPECT_EQ(pool.peak, gib(8));
  EXPECT_EQ(pool.sampled, gib(5));
  EXPECT_EQ(pool.basis, Basis::computed);
  EXPECT_EQ(pool.at, kStart + 5);
}

TEST(FactsBuilder, a_kill_without_a_hit_of_the_limit_leaves_the_peak_as_sampled) {
  auto before = cgroup_sample(0, gib(5), gib(4));
  before.cgroup_oom_kill_total = 0;
  before.cgroup_limit_hits_total = 0;
  auto after = before;
  after.unix_seconds = kStart + 5;
  after.cgroup_oom_kill_total = 1;
  EXPECT_EQ(
      pool_of(facts_of({before, after}, ended_with(ExitKind::oom_killed)), PoolKind::cgroup).peak,
      gib(5));
}

TEST(FactsBuilder, a_watermark_at_the_limit_tells_of_the_hit_that_was_not_counted) {
  auto before = cgroup_sample(0, gib(5), gib(4));
  before.cgroup_oom_kill_total = 0;
  before.cgroup_limit_hits_total = 0;
  auto after = host_sample(5, gib(2));
  after.cgroup_limit = gib(8);
  after.cgroup_working_set = gib(1);
  after.cgroup_oom_kill_total = 1;
  after.cgroup_limit_hits_total = 0;
  after.cgroup_peak_bound = gib(8);
  const auto killed = ended_with(ExitKind::oom_killed);
  EXPECT_EQ(pool_of(facts_of({before, after}, killed), PoolKind::cgroup).peak, gib(8));
  after.cgroup_peak_bound = gib(6);  // contradicts it
  EXPECT_EQ(pool_of(facts_of({before, after}, killed), PoolKind::cgroup).peak, gib(5));
}

TEST(FactsBuilder, memory_that_others_fill_after_the_end_is_no_peak_of_the_run) {
  auto living = host_sample(0, gib(4));
  living.main_rss = gib(1);
  EXPECT_EQ(pool_of(facts_of({living, host_sample(5, gib(15))}), PoolKind::host).peak, gib(4));
}

TEST(FactsBuilder, a_reading_of_the_workers_stands_in_for_one_that_was_still_to_come) {
  auto peak = cgroup_sample(0, gib(7), gib(1));
  peak.worker_count = 2;
  peak.process_basis = PssBasis::pending;
  auto read = cgroup_sample(5, gib(6), gib(1));
  read.worker_count = 2;
  read.worker = gib(3);
  read.worker_uss = gib(2);
  read.process_basis = PssBasis::measured;
  const auto facts = facts_of({peak, read});
  ASSERT_TRUE(facts.at_peak);
  EXPECT_EQ(facts.at_peak->unix_seconds, kStart);
  EXPECT_EQ(facts.at_peak->worker_uss, gib(2));
  EXPECT_EQ(facts.at_peak->process_basis, PssBasis::scaled);
  read.worker_count = 3;  // others: nothing is known of the two
  EXPECT_FALSE(facts_of({peak, read}).at_peak->worker_uss.has_value());
}

TEST(FactsBuilder, the_crash_names_the_pool_before_the_fullest_does) {
  auto sample = cgroup_sample(0, gib(2), gib(1));
  sample.used = gib(15);
  sample.cgroup_limit_hits_total = 0;
  auto later = sample;
  later.unix_seconds = kStart + 5;
  later.cgroup_limit_hits_total = 1;
  const auto facts = facts_of({sample, later}, ended_with(ExitKind::oom_killed));
  const auto limiting = limiting_pool_of(facts, facts.end->exit);
  ASSERT_TRUE(limiting);
  EXPECT_EQ(facts.pools[*limiting].kind, PoolKind::cgroup);
  const auto survivor = limiting_pool_of(facts, {.kind = ExitKind::completed});
  EXPECT_EQ(facts.pools[*survivor].kind, PoolKind::host);
}

TEST(FactsBuilder, a_failed_allocation_under_a_process_limit_names_it) {
  auto sample = host_sample(0, gib(4));
  sample.address_space_limit = gib(2);
  sample.address_space_used = mib(100);
  FactsBuilder builder{{}, 1, ended_with(ExitKind::oom_exception), {}};
  builder.add(sample);
  builder.add(SeenError{.type = "MemoryError", .out_of_memory = true});
  const auto facts = std::move(builder).finish();
  EXPECT_EQ(facts.pools[*limiting_pool_of(facts, facts.end->exit)].kind, PoolKind::process);
}

TEST(FactsBuilder, a_devices_failed_allocation_names_no_host_pool) {
  auto sample = host_sample(0, gib(4));
  sample.address_space_limit = gib(32);
  sample.address_space_used = gib(1);
  FactsBuilder builder{{}, 1, ended_with(ExitKind::oom_exception), {}};
  builder.add(sample);
  builder.add(SeenError{
      .type = "torch.OutOfMemoryError", .message = "CUDA out of memory", .out_of_memory = true});
  const auto facts = std::move(builder).finish();
  EXPECT_EQ(facts.pools[*limiting_pool_of(facts, facts.end->exit)].kind,
            PoolKind::host);  // only the fullest
}

TEST(FactsBuilder, steps_from_zero_are_one_more_than_the_last_number) {
  FactsBuilder builder{{}, 1, std::nullopt, {}};
  for (std::int64_t step = 0; step < 10; ++step)
    builder.add(StepRecord{.step = step, .unix_seconds = kStart + static_cast<double>(step)});
  const auto facts = std::move(builder).finish();
  EXPECT_EQ(facts.step_count, 10);
  EXPECT_EQ(facts.steps_completed, 10);
  EXPECT_EQ(facts.last_step, 9);
}

TEST(FactsBuilder, a_bars_thinned_steps_from_zero_are_counted_by_the_last_number) {
  FactsBuilder builder{{}, 1, std::nullopt, {}};
  for (std::int64_t step : {0, 10, 20})
    builder.add(StepRecord{.step = step,
                           .unix_seconds = kStart + static_cast<double>(step),
                           .total_steps = 100,
                           .source = StepSource::bar});
  const auto facts = std::move(builder).finish();
  EXPECT_EQ(facts.steps_completed, 21);
  EXPECT_EQ(facts.total_steps, 100);
}

TEST(FactsBuilder, a_loss_log_names_steps_from_zero_and_has_no_row_of_the_first) {
  FactsBuilder builder{{}, 1, std::nullopt, {}};
  for (std::int64_t step = 13; step < 20; ++step)  // resumed at 12
    builder.add(StepRecord{.step = step,
                           .unix_seconds = kStart + static_cast<double>(step),
                           .source = StepSource::loss_log});
  EXPECT_EQ(std::move(builder).finish().steps_completed, 20);
}

TEST(FactsBuilder, a_run_that_rewinds_stands_where_its_latest_step_is) {
  FactsBuilder builder{{}, 1, std::nullopt, {}};
  double at = kStart;
  for (std::int64_t step : {1, 2, 3, 4, 5, 6, 3, 4})
    builder.add(StepRecord{.step = step, .unix_seconds = at++});
  const auto facts = std::move(builder).finish();
  EXPECT_EQ(facts.step_count, 6);
  EXPECT_EQ(facts.last_step, 4);
  EXPECT_EQ(facts.steps_completed, 4);
}

TEST(FactsBuilder, rows_that_make_no_sense_are_passed_over) {
  auto timeless = host_sample(0, gib(15));
  timeless.unix_seconds = std::nan("");
  auto impossible = host_sample(1, Bytes{std::numeric_limits<std::int64_t>::max()});
  impossible.main_rss = Bytes{-5};
  auto unlimited = host_sample(2, gib(1));
  unlimited.total = Bytes{0};
  FactsBuilder builder{{}, 1, std::nullopt, {}};
  for (const auto& sample : {timeless, impossible, unlimited}) builder.add(sample);
  builder.add(StepRecord{.step = -3, .unix_seconds = kStart});
  builder.add(StepRecord{.step = 3, .unix_seconds = std::nan("")});
  builder.add(EventRecord{.unix_seconds = std::nan(""), .type = "exception"});
  const auto facts = std::move(builder).finish();
  EXPECT_TRUE(facts.pools.empty());
  EXPECT_EQ(facts.sample_count, 2);
  EXPECT_FALSE(facts.last_step.has_value());
  EXPECT_EQ(facts.error_event_count, 1);
}

TEST(FactsBuilder, a_counter_that_starts_anew_still_counts_its_growth) {
  auto samples =
      std::vector{host_sample(0, gib(1)), host_sample(1, gib(1)), host_sample(2, gib(1))};
  samples[0].swap_in_pages_total = 1000;
  samples[1].swap_in_pages_total = 1500;
  samples[2].swap_in_pages_total = 20;
  EXPECT_EQ(facts_of(samples).swap_in_pages, 500U);
}

TEST(FactsBuilder, errors_of_the_output_count_where_no_event_recorded_them) {
  FactsBuilder builder{RunInfo{}, 1, std::nullopt, DropCounters{}};
  builder.add(LogErrorRecord{.severity = LogSeverity::critical, .category = "cuda_oom"}, true);
  builder.add(LogErrorRecord{.severity = LogSeverity::error, .category = "disk_full"}, false);
  builder.add(LogErrorRecord{.severity = LogSeverity::warning, .category = "cuda_oom"}, false);
  builder.add(LogErrorRecord{.severity = LogSeverity::critical, .category = "host_oom_kill"},
              false);
  const auto facts = std::move(builder).finish();
  EXPECT_EQ(facts.log_error_count, 2);
  EXPECT_EQ(facts.log_oom_count, 1) << "a kill from outside is no failed allocation";
}

TEST(FactsBuilder, what_decided_by_the_output_stands_for_an_exception_that_no_event_recorded) {
  FactsBuilder builder{RunInfo{}, 1, std::nullopt, DropCounters{}};
  builder.add(LogErrorRecord{.severity = LogSeverity::warning, .message = "w", .decides = true},
              false);
  builder.add(
      LogErrorRecord{
          .category = "disk_full", .message = "no space", .exception = "OSError", .decides = true},
      false);
  const auto facts = std::move(builder).finish();
  ASSERT_TRUE(facts.deciding && facts.exception);
  EXPECT_EQ(facts.deciding->message, "no space");
  EXPECT_EQ(facts.exception->type, "OSError");
}

}  // namespace
}  // namespace tidemark
