#include "advice/advice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

namespace tidemark {
namespace {

constexpr double kStart = 1'700'000'000;

// A container of 10 GiB on a machine of 64 GiB: main 3 GiB, four workers of 1.5 GiB.
SampleRow full_sample() {
  SampleRow row;
  row.unix_seconds = kStart;
  row.total = gib(64);
  row.used = gib(20);
  row.cgroup_limit = gib(10);
  row.cgroup_working_set = mib(9728);  // 95%
  row.main_rss = row.main_process = gib(3);
  row.worker_count = 4;
  row.worker_uss = gib(6);
  row.worker = mib(6400);
  row.worker_rss = gib(16);
  row.process_basis = PssBasis::measured;
  return row;
}

Analysis analysis_of(const SampleRow& sample, ExitKind kind = ExitKind::completed,
                     std::optional<SeenError> error = std::nullopt,
                     const JobConfig* config = nullptr) {
  FactsBuilder builder{{}, 1, RunEnd{.unix_seconds = kStart + 60, .exit = {.kind = kind}}, {}};
  builder.add(sample);
  if (error) builder.add(*error);
  return analyze(std::move(builder).finish(), config);
}

Analysis analysis_of(const SampleRow& sample, const JobConfig& config) {
  return analysis_of(sample, ExitKind::completed, std::nullopt, &config);
}

JobConfig config_of(std::string_view datasets) {
  auto config = JobConfig::parse(
      "job: extension\nconfig:\n  name: x\n  process:\n    - datasets:\n" + std::string{datasets},
      "test");
  EXPECT_TRUE(config) << (config ? "" : config.error().message);
  return std::move(*config);
}

const Recommendation* find(const std::vector<Recommendation>& advice, std::string_view id) {
  const auto found = std::ranges::find(advice, id, &Recommendation::id);
  return found == advice.end() ? nullptr : &*found;
}

std::int64_t integer(const ConfigValue& value) {
  return std::get<std::int64_t>(value);
}

TEST(FewerWorkers, the_largest_count_that_fits_is_recommended) {
  const auto advice = advise(analysis_of(full_sample())).recommendations;
  const auto* fewer = find(advice, "fewer_workers");
  ASSERT_NE(fewer, nullptr);
  // Each worker gives 1.5 GiB back, and those that stay may take over what one held: with 2 the
  // peak is between 6.5 and 8 GiB of 10, under 85%; with 3 it might be 9.5.
  EXPECT_EQ(integer(fewer->recommended_value), 2);
  EXPECT_EQ(integer(fewer->current_value), 4);
  EXPECT_EQ(fewer->saves->low, mib(1536));
  EXPECT_EQ(fewer->saves->likely, gib(3));
  EXPECT_EQ(fewer->saves->high, mib(3200));
  EXPECT_EQ(fewer->predicted_peak, mib(6656));
  EXPECT_EQ(fewer->predicted_peak_low, mib(6528));
  EXPECT_EQ(fewer->predicted_peak_high, gib(8));
  EXPECT_EQ(fewer->finding, "dataloader_workers");
}

TEST(FewerWorkers, zero_is_recommended_where_no_count_fits) {
  auto sample = full_sample();
  sample.worker_uss = mib(1600);
  sample.worker = mib(1700);
  sample.cgroup_working_set = gib(10);
  const auto advice = advise(analysis_of(sample)).recommendations;
  const auto* fewer = find(advice, "fewer_workers");
  ASSERT_NE(fewer, nullptr);
  EXPECT_EQ(integer(fewer->recommended_value), 0);
  EXPECT_EQ(fewer->saves->low,
            mib(1200));  // the main process may come to hold what one worker held
  EXPECT_EQ(fewer->saves->likely, mib(1600));
  EXPECT_EQ(fewer->saves->high, mib(1700));
}

TEST(FewerWorkers, the_clients_default_is_known_where_the_config_sets_none) {
  auto sample = full_sample();
  sample.worker_count = 2;
  const auto config = config_of("        - folder_path: /data\n");
  const auto advice = advise(analysis_of(sample, config)).recommendations;
  ASSERT_NE(find(advice, "fewer_workers"), nullptr);
  EXPECT_EQ(integer(find(advice, "fewer_workers")->current_value), 2);
}

TEST(FewerWorkers, the_first_dataset_that_is_no_regularisation_set_counts) {
  const auto config = config_of(
      "        - folder_path: /reg\n          is_reg: true\n          num_workers: 8\n"
      "        - folder_path: /a\n          num_workers: 4\n        - folder_path: /b\n          "
      "num_workers: 6\n");
  const auto advice = advise(analysis_of(full_sample(), config)).recommendations;
  EXPECT_EQ(find(advice, "fewer_workers")->config_path,
            "config.process[0].datasets[1].num_workers");
}

TEST(FewerWorkers, what_is_already_zero_is_not_advised) {
  const auto config = config_of("        - folder_path: /data\n          num_workers: 0\n");
  EXPECT_EQ(find(advise(analysis_of(full_sample(), config)).recommendations, "fewer_workers"),
            nullptr);
}

TEST(FewerWorkers, without_a_config_no_setting_is_named) {
  const auto advice = advise(analysis_of(full_sample())).recommendations;
  const auto* fewer = find(advice, "fewer_workers");
  ASSERT_NE(fewer, nullptr);
  EXPECT_FALSE(fewer->config_path.has_value());
  EXPECT_EQ(integer(fewer->current_value), 4);
}

TEST(FewerWorkers, a_killed_run_gets_an_interval_that_admits_the_unknown) {
  auto before = full_sample();
  before.cgroup_working_set = gib(8);
  before.cgroup_oom_kill_total = 0;
  before.cgroup_limit_hits_total = 0;
  auto after = before;
  after.unix_seconds = kStart + 5;
  after.main_rss.reset();
  after.cgroup_oom_kill_total = 1;
  after.cgroup_limit_hits_total = 1;
  after.cgroup_working_set = gib(1);
  FactsBuilder builder{
      {}, 1, RunEnd{.unix_seconds = kStart + 6, .exit = {.kind = ExitKind::oom_killed}}, {}};
  builder.add(before);
  builder.add(after);
  const auto advice = advise(analyze(std::move(builder).finish(), nullptr)).recommendations;
  const auto* fewer = find(advice, "fewer_workers");
  ASSERT_NE(fewer, nullptr);
  EXPECT_EQ(integer(fewer->recommended_value),
            0);  // with 1, 2 GiB of unseen growth might come to 9 of 10
  EXPECT_EQ(fewer->predicted_peak, gib(4));
  EXPECT_EQ(fewer->predicted_peak_high, mib(7680));
  EXPECT_NE(fewer->impact.find("not known"), std::string::npos);
}

TEST(RaiseContainerLimit, the_new_limit_holds_the_peak_below_the_warning_line) {
  const auto advice = advise(analysis_of(full_sample())).recommendations;
  const auto* raise = find(advice, "raise_container_limit");
  ASSERT_NE(raise, nullptr);
  EXPECT_EQ(std::get<double>(raise->current_value), 10.0);
  EXPECT_EQ(std::get<double>(raise->recommended_value), 12.0);  // 9.5 / 0.85 = 11.2
}

TEST(RaiseContainerLimit, a_machine_without_room_is_not_promised_more) {
  auto sample = full_sample();
  sample.total = gib(11);
  EXPECT_EQ(find(advise(analysis_of(sample)).recommendations, "raise_container_limit"), nullptr);
}

TEST(RaiseProcessLimit, it_names_the_shells_word_for_the_limit) {
  auto sample = full_sample();
  sample.cgroup_limit.reset();
  sample.data_limit = gib(4);
  sample.data_used = mib(4000);
  const auto advice = advise(analysis_of(sample, ExitKind::oom_exception,
                                         SeenError{.type = "MemoryError", .out_of_memory = true}))
                          .recommendations;
  const auto* raise = find(advice, "raise_process_limit");
  ASSERT_NE(raise, nullptr);
  EXPECT_NE(raise->action.find("ulimit -d"), std::string::npos);
  EXPECT_EQ(std::get<double>(raise->recommended_value), 8.0);  // 1.5 x 4 GiB under 85%
  EXPECT_EQ(raise->severity, Severity::critical);
}

TEST(EnlargeShm, a_container_default_of_64_mib_becomes_a_gigabyte) {
  auto sample = full_sample();
  sample.shm_total = mib(64);
  sample.shm_used = mib(64);
  const auto advice =
      advise(analysis_of(sample, ExitKind::oom_exception,
                         SeenError{.type = "RuntimeError",
                                   .message = "DataLoader worker is killed by signal: Bus error",
                                   .out_of_memory = true}))
          .recommendations;
  const auto* enlarge = find(advice, "enlarge_shm");
  ASSERT_NE(enlarge, nullptr);
  EXPECT_EQ(std::get<double>(enlarge->recommended_value), 1.0);
  EXPECT_EQ(find(advice, "raise_container_limit"), nullptr);
}

TEST(Advice, ids_are_unique_and_priorities_count_from_one) {
  const auto advice = advise(analysis_of(full_sample())).recommendations;
  ASSERT_EQ(advice.size(), 2U);
  std::set<std::string> ids;
  int priority = 0;
  for (const auto& one : advice) {
    EXPECT_EQ(one.priority, ++priority);
    ids.insert(one.id);
  }
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_EQ(advice.front().id, "fewer_workers");  // it answers the primary cause
}

TEST(Advice, a_healthy_run_is_left_alone) {
  auto sample = full_sample();
  sample.cgroup_working_set = gib(5);
  EXPECT_TRUE(advise(analysis_of(sample)).recommendations.empty());
}

TEST(Advice, a_run_without_samples_gets_none) {
  EXPECT_TRUE(advise(analyze(RunFacts{}, nullptr)).recommendations.empty());
}

}  // namespace
}  // namespace tidemark
