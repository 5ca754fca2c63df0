// How a run went: phases, batches, growth, steps; from literals.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "analysis/analysis.h"
#include "analysis/event_fields.h"
#include "analysis/shape_tracker.h"

namespace tidemark {
namespace {

SampleRow sample(double at, std::int64_t main_mib, std::int64_t peak_mib = 0) {
  SampleRow row;
  row.unix_seconds = at;
  row.main_process = row.main_rss = row.main_anon = mib(main_mib);
  if (peak_mib > 0) row.main_peak_rss = mib(peak_mib);
  return row;
}

EventRecord event(double at, std::string type, std::string details = "") {
  return {.unix_seconds = at, .type = std::move(type), .details = std::move(details)};
}

StepRecord step(std::int64_t number, double at, std::int64_t batch = 1, double seconds = 1) {
  return {.step = number, .unix_seconds = at, .batch_size = batch, .step_time_seconds = seconds};
}

const PhaseFacts* phase(const RunShape& shape, std::string_view name) {
  for (const auto& one : shape.phases)
    if (one.name == name) return &one;
  return nullptr;
}

TEST(Phases, the_levels_before_in_and_after_a_phase_are_kept) {
  ShapeTracker tracker;
  tracker.add(event(10, "train_start"));
  tracker.add(event(20, "sampling_start"));
  tracker.add(event(30, "sampling_end"));
  tracker.add(event(50, "train_end"));
  for (const auto& [at, level] :
       {std::pair{15.0, 500}, {22.0, 700}, {28.0, 900}, {32.0, 520}, {40.0, 510}})
    tracker.add(sample(at, level));
  const auto shape = tracker.finish(28);
  const auto* sampling = phase(shape, "sampling");
  ASSERT_NE(sampling, nullptr);
  EXPECT_EQ(sampling->before.main, mib(500));
  EXPECT_EQ(sampling->highest.main, mib(900));
  EXPECT_EQ(sampling->after.main, mib(520));
  EXPECT_EQ(sampling->count, 1);
  EXPECT_DOUBLE_EQ(sampling->seconds, 10);
  EXPECT_EQ(phase(shape, "train")->highest.main, mib(520)) << "the inner phase is its own";
  EXPECT_EQ(shape.phase_at_peak, "sampling");
}

TEST(Phases, a_phase_between_two_samples_is_known_by_the_kernels_exact_peak) {
  ShapeTracker tracker;
  tracker.add(event(20, "checkpoint_save_start"));
  tracker.add(event(24, "checkpoint_save_end"));
  tracker.add(sample(19.5, 500, 510));
  tracker.add(sample(24.2, 505, 800));
  const auto shape = tracker.finish(0);
  const auto* save = phase(shape, "checkpoint_save");
  ASSERT_NE(save, nullptr);
  EXPECT_EQ(save->highest.main, mib(800));
  EXPECT_EQ(save->before.main, mib(500));
}

std::string told(std::int64_t held_mib, std::int64_t peak_mib) {
  const auto bytes = [](std::int64_t count) { return std::to_string(mib(count).count); };
  return R"({"anon_bytes":)" + bytes(held_mib) + R"(,"shmem_bytes":0,"rss_bytes":)" +
         bytes(held_mib + 20) + R"(,"peak_rss_bytes":)" + bytes(peak_mib + 20) + "}";
}

TEST(Phases, a_peak_that_a_phase_told_it_never_reached_is_of_another) {
  ShapeTracker tracker;
  tracker.add(event(20, "model_load_start", told(100, 100)));
  tracker.add(event(24, "model_load_end", told(300, 340)));
  tracker.add(event(24.1, "train_start", told(300, 340)));
  tracker.add(sample(19.9, 90, 100));
  tracker.add(sample(24.4, 800, 800));
  const auto shape = tracker.finish(24.4);
  EXPECT_EQ(phase(shape, "model_load")->highest.main, mib(340)) << "though it had most of the time";
  EXPECT_EQ(phase(shape, "train")->highest.main, mib(800));
}

TEST(Phases, what_the_trainer_told_at_its_ends_counts_where_samples_came_too_late) {
  ShapeTracker tracker;
  tracker.add(event(10, "model_load_start", told(100, 100)));
  tracker.add(event(10.1, "model_load_end", told(300, 340)));
  tracker.add(event(10.4, "train_start", told(350, 350)));
  tracker.add(sample(9.9, 90));
  tracker.add(sample(10.6, 500));
  const auto shape = tracker.finish(10.6);
  const auto* load = phase(shape, "model_load");
  ASSERT_NE(load, nullptr);
  EXPECT_EQ(load->before.main, mib(100));
  EXPECT_EQ(load->highest.main, mib(340)) << "the kernel's own peak, without the pages of files";
  EXPECT_EQ(load->after.main, mib(300));
  EXPECT_EQ(phase(shape, "train")->before.main, mib(350));
  EXPECT_EQ(shape.before_training.main, mib(350));
}

TEST(Phases, a_peak_that_an_inner_phase_reached_is_not_the_outer_ones) {
  ShapeTracker tracker;
  tracker.add(event(10, "train_start", told(300, 300)));
  tracker.add(event(11, "sampling_start", told(320, 400)));
  tracker.add(event(12, "sampling_end", told(320, 900)));
  tracker.add(event(13, "train_end", told(330, 900)));
  tracker.add(sample(14, 300));
  const auto shape = tracker.finish(0);
  EXPECT_EQ(phase(shape, "sampling")->highest.main, mib(900));
  EXPECT_EQ(phase(shape, "train")->highest.main, mib(330));
}

TEST(Phases, what_never_ended_and_what_never_began_do_no_harm) {
  ShapeTracker tracker;
  tracker.add(event(5, "sampling_end"));
  tracker.add(event(10, "model_load_start"));
  tracker.add(event(NAN, "sampling_start"));
  tracker.add(event(9, "sampling_start"));  // a clock that went back
  tracker.add(sample(12, 300));
  const auto shape = tracker.finish(12);
  ASSERT_EQ(shape.phases.size(), 1U);
  EXPECT_EQ(shape.phases[0].highest.main, mib(300));
  EXPECT_EQ(shape.phase_at_peak, "model_load");
}

TEST(Batches, each_batch_size_has_the_highest_level_of_its_own_steps) {
  ShapeTracker tracker;
  for (int i = 0; i < 20; ++i) tracker.add(step(i, 100 + i, i < 10 ? 2 : 8));
  tracker.add(sample(95, 300));
  for (int i = 0; i < 9; ++i) tracker.add(sample(100.5 + i, 400 + i % 2));
  for (int i = 11; i < 19; ++i) tracker.add(sample(100.5 + i, 700 + i % 2));
  const auto shape = tracker.finish(0);
  ASSERT_EQ(shape.batches.size(), 2U);
  EXPECT_EQ(shape.batches[0].batch_size, 2);
  EXPECT_EQ(shape.batches[0].highest.main, mib(401));
  EXPECT_EQ(shape.batches[1].highest.main, mib(701));
  EXPECT_EQ(shape.before_training.main, mib(300));
  EXPECT_EQ(shape.in_training.main, mib(701));
}

TEST(Batches, steps_that_rewind_leave_batch_sizes_unknown) {
  ShapeTracker tracker;
  tracker.add(step(1, 100, 2));
  tracker.add(step(2, 90, 4));
  tracker.add(sample(95, 300));
  EXPECT_TRUE(tracker.finish(0).batches.empty());
}

TEST(Parameters, counts_are_read_from_the_trainers_event) {
  ShapeTracker tracker;
  tracker.add(
      event(1, "parameters", R"({"trainable": 12058624, "frozen":65000000, "dtype": "bf16"})"));
  const auto parameters = tracker.finish(0).parameters;
  EXPECT_EQ(parameters.trainable, 12058624);
  EXPECT_EQ(parameters.frozen, 65000000);
  EXPECT_EQ(parameters.dtype, "bf16");
}

TEST(Parameters, nonsense_is_no_count) {
  EXPECT_FALSE(whole_number_at(R"({"trainable": "many"})", "trainable"));
  EXPECT_FALSE(whole_number_at(R"({"trainable": 1e9})", "trainable"));
  EXPECT_FALSE(whole_number_at(R"({"not_trainable": 5})", "trainable"));
  EXPECT_FALSE(whole_number_at("", "trainable"));
  EXPECT_EQ(text_at(R"({"dtype": 5})", "dtype"), "");
}

RunShape shape_of_levels(const std::function<double(double)>& mib_at) {
  ShapeTracker tracker;
  for (int i = 0; i <= 200; ++i) tracker.add(step(i, 100 + i));
  for (int i = 0; i < 200; ++i)
    tracker.add(sample(100.5 + i, static_cast<std::int64_t>(mib_at(i))));
  return tracker.finish(0);
}

TEST(Growth, a_leak_is_told_with_its_slope) {
  const auto growth =
      shape_of_levels([](double t) { return 500 + 2 * t + (int(t) % 7) * 3; }).main_growth;
  ASSERT_TRUE(growth);
  EXPECT_TRUE(growth->lasting);
  EXPECT_NEAR(growth->bytes_per_second.likely, 2.0 * 1048576, 0.2 * 1048576);
  EXPECT_GT(growth->bytes_per_second.low, 0);
  EXPECT_GE(growth->bytes_per_second.high, growth->bytes_per_second.likely);
}

TEST(Growth, a_sawtooth_and_a_warm_up_are_no_leak) {
  const auto sawtooth =
      shape_of_levels([](double t) { return 500 + 10 * (int(t) % 10); }).main_growth;
  ASSERT_TRUE(sawtooth);
  EXPECT_FALSE(sawtooth->lasting);
  const auto warm_up =
      shape_of_levels([](double t) { return 800 - 300 * std::exp(-t / 20); }).main_growth;
  ASSERT_TRUE(warm_up);
  EXPECT_FALSE(warm_up->lasting);
}

TEST(Growth, too_few_points_say_nothing) {
  ShapeTracker tracker;
  for (int i = 0; i < 5; ++i) tracker.add(step(i, 100 + i));
  for (int i = 0; i < 5; ++i) tracker.add(sample(100 + i, 100 * i));
  EXPECT_FALSE(tracker.finish(0).main_growth);
}

StepHealth health_of(int count, const std::function<StepRecord(int)>& make) {
  StepWatch watch;
  for (int i = 0; i < count; ++i) watch.add(make(i));
  return watch.finish();
}

TEST(Steps, a_step_time_that_was_multiplied_names_the_step) {
  const auto health = health_of(400, [](int i) { return step(i, i, 1, i < 250 ? 1.0 : 3.0); });
  ASSERT_TRUE(health.slowdown);
  EXPECT_NEAR(static_cast<double>(health.slowdown->step), 250, 8);
  EXPECT_NEAR(health.slowdown->factor, 3, 0.2);
  EXPECT_FALSE(
      health_of(400, [](int i) { return step(i, i, 1, i % 50 == 0 ? 9.0 : 1.0); }).slowdown);
}

TEST(Steps, the_wait_for_data_is_summed_where_it_is_known) {
  const auto health = health_of(10, [](int i) {
    auto one = step(i, i, 1, 2.0);
    if (i >= 5) one.data_wait_seconds = 1.5;
    return one;
  });
  EXPECT_EQ(health.waited_steps, 5);
  EXPECT_DOUBLE_EQ(health.wait_seconds / health.waited_step_seconds, 0.75);
}

TEST(Steps, nan_losses_divergence_and_gradient_spikes) {
  const auto nan = health_of(20, [](int i) {
    auto one = step(i, i);
    one.loss = i >= 12 ? NAN : 0.5;
    return one;
  });
  EXPECT_EQ(nan.first_nan_step, 12);
  EXPECT_EQ(nan.nan_steps, 8);
  const auto climbing = health_of(400, [](int i) {
    auto one = step(i, i);
    one.loss = i < 200 ? 0.5 - i * 0.001 : 0.3 + (i - 200) * 0.01;
    return one;
  });
  ASSERT_TRUE(climbing.divergence);
  EXPECT_GT(climbing.divergence->last, 2 * climbing.divergence->best);
  const auto spikes = health_of(200, [](int i) {
    auto one = step(i, i);
    one.loss = 0.5;
    one.gradient_norm = i == 150 ? 80.0 : 1.0 + 0.1 * (i % 5);
    return one;
  });
  EXPECT_EQ(spikes.gradient_spikes, 1);
  EXPECT_EQ(spikes.largest_spike_step, 150);
  EXPECT_FALSE(spikes.divergence);
}

TEST(Steps, only_nan_everywhere_is_survived) {
  const auto health = health_of(50, [](int i) {
    return StepRecord{.step = i,
                      .unix_seconds = NAN,
                      .loss = NAN,
                      .gradient_norm = NAN,
                      .step_time_seconds = NAN,
                      .data_wait_seconds = NAN};
  });
  EXPECT_EQ(health.timed_steps, 0);
  EXPECT_EQ(health.nan_steps, 50);
}

}  // namespace
}  // namespace tidemark
