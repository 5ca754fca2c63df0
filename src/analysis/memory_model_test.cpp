// What the run's memory consists of, and what it becomes under other settings.
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/findings.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using synthetic::analysis_of;

Bytes held(const Analysis& analysis, std::string_view component) {
  const auto* part = find_component(analysis, component);
  return part == nullptr ? Bytes{} : part->held;
}

Prediction after(const Analysis& analysis, const std::vector<SettingChange>& changes) {
  auto recipe = analysis.model->recipe;
  for (const auto& change : changes) EXPECT_TRUE(apply_change(recipe, change)) << change.path;
  return predict(*analysis.model, recipe);
}

std::string path(std::string_view setting) {
  return "config.process[0]." + std::string{setting};
}

constexpr double kMib = 1 << 20;

TEST(Breakdown, the_main_process_is_divided_and_the_sum_is_the_peak) {
  const auto analysis = analysis_of({});
  EXPECT_EQ(held(analysis, "model_weights"), mib(250)) << "measured over the load";
  EXPECT_EQ(held(analysis, "adapter_weights"), mib(40));
  EXPECT_EQ(held(analysis, "ema"), mib(40));
  EXPECT_EQ(held(analysis, "gradients"), mib(40));
  EXPECT_EQ(held(analysis, "optimizer_state"), mib(80));
  // 700 - 430 before the first step, less 80 of state and 40 of gradients; not all of the rest.
  EXPECT_EQ(held(analysis, "activations"), Bytes{mib(150).count * 85 / 100});
  Bytes sum;
  for (const auto& part : analysis.breakdown) sum += part.held;
  EXPECT_EQ(sum, analysis.summary.limiting_pool->peak);
}

TEST(Breakdown, without_a_word_of_the_trainer_nothing_is_made_up) {
  auto facts = synthetic::facts_of({.trainable = 0});
  facts.shape.phases.clear();
  facts.shape.before_training = {};
  const auto analysis = analyze(std::move(facts), nullptr);
  ASSERT_EQ(analysis.breakdown.size(), 1U);
  EXPECT_EQ(analysis.breakdown[0].component, "main_process");
}

TEST(Components, published_sizes_that_the_run_cannot_hold_are_no_estimate) {
  const auto analysis = analysis_of({.model = "{arch: flux}"});
  EXPECT_FALSE(analysis.parts.text_encoder) << "it held 700 MiB at its peak";
}

TEST(Model, as_it_is_the_prediction_is_the_peak) {
  const auto analysis = analysis_of({});
  ASSERT_TRUE(analysis.model);
  const auto now = predict(*analysis.model, analysis.model->recipe);
  EXPECT_EQ(now.peak, Range::of(mib(700)));
  EXPECT_TRUE(now.changes.empty());
}

TEST(Model, what_is_counted_is_exact) {
  const auto analysis = analysis_of({});
  EXPECT_EQ(after(analysis, {{path("train.ema_config.use_ema"), false}}).peak, Range::of(mib(660)));
  const auto bits8 = after(analysis, {{path("train.optimizer"), std::string{"adamw8"}}});
  EXPECT_NEAR(bits8.peak.likely, (700 - 59.7) * kMib, 1 * kMib);
}

TEST(Model, what_one_batch_size_does_not_identify_has_a_wide_interval) {
  const auto analysis = analysis_of({});
  const auto one = after(analysis, {{path("train.batch_size"), std::int64_t{1}}});
  EXPECT_NEAR(one.peak.likely, (700 - 0.75 * 127.5) * kMib, kMib);
  EXPECT_GT(one.peak.high - one.peak.low, 60 * kMib);
  EXPECT_LT(one.peak.high, 700 * kMib);
  EXPECT_FALSE(analysis.model->not_known.empty());
}

TEST(Model, quantization_is_computed_from_the_frozen_parameters) {
  const auto analysis = analysis_of({});
  const auto bits8 = after(analysis, {{path("model.quantize"), true}});
  // With the text encoder, which follows: most of the 50 MiB that loading left beside the weights.
  EXPECT_NEAR(bits8.peak.likely, (700 - 0.95 * 149 - 40 * 0.745) * kMib, 3 * kMib);
  for (const auto& change : bits8.changes) EXPECT_EQ(change.component, "model_weights");
  const auto alone =
      after(analysis, {{path("model.quantize"), true}, {path("model.quantize_te"), false}});
  EXPECT_NEAR(alone.peak.likely, (700 - 0.95 * 149) * kMib, 3 * kMib);
  EXPECT_EQ(alone.changes.size(), 1U);
}

TEST(Model, another_phase_bounds_what_is_gained) {
  const auto analysis = analysis_of({.sampling_mib = 690});
  const auto one = after(analysis, {{path("train.batch_size"), std::int64_t{1}}});
  EXPECT_EQ(one.peak.likely, 690 * kMib) << "sampling is then the highest";
  EXPECT_EQ(one.phase, "sampling");
  const auto none = after(analysis, {{path("train.batch_size"), std::int64_t{1}},
                                     {path("train.disable_sampling"), true}});
  EXPECT_LT(none.peak.likely, 620 * kMib);
}

TEST(Model, workers_count_where_they_are) {
  const auto analysis =
      analysis_of({.worker_count = 4, .worker_mib = 50, .datasets = "[{num_workers: 4}]"});
  const auto none = after(analysis, {{path("datasets[0].num_workers"), std::int64_t{0}}});
  EXPECT_EQ(none.peak.likely, 700 * kMib);
  EXPECT_EQ(none.peak.high, 750 * kMib) << "the trainer may come to hold what one of them held";
  const auto more = after(analysis, {{path("datasets[0].num_workers"), std::int64_t{8}}});
  EXPECT_EQ(more.peak.likely, 1100 * kMib);
}

TEST(Model, several_batch_sizes_identify_the_activations) {
  FactsBuilder builder{
      {}, 1, RunEnd{.unix_seconds = 1000, .exit = {.kind = ExitKind::completed}}, {}};
  for (int i = 0; i < 40; ++i)
    builder.add(StepRecord{.step = i,
                           .unix_seconds = 101.0 + i,
                           .batch_size = i < 20 ? 2 : 6,
                           .step_time_seconds = 1});
  const synthetic::Run run;
  builder.add(synthetic::sample(run, 90 - synthetic::kStart, 300, false));
  for (int i = 0; i < 40; ++i)
    builder.add(synthetic::sample(run, 100.5 + i - synthetic::kStart, i < 20 ? 400 : 600, false));
  const auto config = synthetic::config_of(run);
  const auto analysis = analyze(std::move(builder).finish(), &config);
  ASSERT_TRUE(analysis.parts.activations);
  EXPECT_EQ(analysis.parts.activations->bytes.likely, 300 * kMib) << "50 MiB an item, six of them";
  EXPECT_EQ(analysis.parts.activations->basis, Basis::measured);
  EXPECT_TRUE(has_finding(analysis, "batch_size_correlation"));
}

// Killed in its first step: 430 MiB before it, 40 of gradients to come, and of the state of
// adamw 80.
Analysis killed_in_first_step(std::string_view train) {
  synthetic::Run run{.limit_mib = 600, .train = std::string{train}, .exit = ExitKind::oom_killed};
  FactsBuilder builder{
      {}, 1, RunEnd{.unix_seconds = synthetic::kStart + 40, .exit = {.kind = run.exit}}, {}};
  const auto event = [&](double at, std::string type, std::string details = "") {
    builder.add(EventRecord{.unix_seconds = synthetic::kStart + at,
                            .type = std::move(type),
                            .details = std::move(details)});
  };
  event(10, "model_load_start");
  event(20, "model_load_end");
  event(22, "parameters", R"({"trainable": 10485760, "frozen": 52428800, "dtype": "fp32"})");
  event(28, "train_start");
  for (const auto& [at, level] :
       {std::pair{5.0, 100}, {15.0, 300}, {21.0, 350}, {27.5, 430}, {30.0, 500}, {31.0, 600}})
    builder.add(synthetic::sample(run, at, level, false));
  const auto config = synthetic::config_of(run);
  return analyze(std::move(builder).finish(), &config);
}

TEST(CutShort, a_run_that_died_in_its_first_step_would_have_come_to_what_is_computed_of_it) {
  const auto analysis = killed_in_first_step("batch_size: 4, optimizer: adafactor");
  ASSERT_TRUE(analysis.parts.activations);
  // It rose by 170, of which at most 40 were gradients.
  EXPECT_NEAR(analysis.parts.activations->bytes.likely, 130 * 1.25 * kMib, kMib);
  const auto now = predict(*analysis.model, analysis.model->recipe);
  EXPECT_EQ(now.peak.low, 600 * kMib);
  EXPECT_NEAR(now.peak.likely, (430 + 162.5 + 32) * kMib, 2 * kMib);
  EXPECT_GT(now.peak.high, 750 * kMib);
  const auto one = after(analysis, {{path("train.batch_size"), std::int64_t{1}}});
  EXPECT_LT(one.peak.high, now.peak.high - 200 * kMib) << "the doubt is the activations' own";
  EXPECT_TRUE(has_finding(analysis, "batch_size"));
}

TEST(CutShort, what_gradients_and_state_explain_is_not_laid_to_activations) {
  const auto analysis = killed_in_first_step("batch_size: 4, optimizer: prodigy");
  ASSERT_TRUE(analysis.parts.activations);
  EXPECT_EQ(analysis.parts.activations->basis, Basis::estimated);
  EXPECT_FALSE(has_finding(analysis, "batch_size"));
}

TEST(Model, without_low_vram_weights_are_wide_while_they_load) {
  // 450 in the load: quantizing after it changes nothing there.
  const auto analysis = analysis_of({});
  const auto load_under = [&](const std::vector<SettingChange>& changes) {
    auto model = *analysis.model;
    std::erase_if(model.phases, [](const PhasePeak& one) { return one.phase != "model_load"; });
    auto recipe = model.recipe;
    for (const auto& change : changes) EXPECT_TRUE(apply_change(recipe, change));
    return predict(model, recipe).peak;
  };
  const auto now = load_under({});
  const auto quantized = load_under({{path("model.quantize"), true}});
  EXPECT_GE(quantized.high, now.high);
  const auto by_block =
      load_under({{path("model.quantize"), true}, {path("model.low_vram"), true}});
  EXPECT_NEAR(by_block.likely, now.likely - (200 - 51 * 1.02) * kMib, 2 * kMib);
}

TEST(Model, attention_that_stores_its_matrix_is_worth_another_backend) {
  const auto analysis =
      analysis_of({.train = "batch_size: 4, optimizer: adamw, attention_backend: _native_math"});
  const auto native = after(analysis, {{path("train.attention_backend"), std::string{"native"}}});
  ASSERT_EQ(native.changes.size(), 1U);
  EXPECT_EQ(native.changes[0].component, "activations");
  EXPECT_LT(native.peak.likely, 680 * kMib);
}

TEST(Causes, the_cheapest_that_suffices_comes_first) {
  // 96% of the limit, 619 are 85%. EMA off: 660. No state of the optimizer: 620.5. Quantized base
  // weights: 558.
  const auto analysis = analysis_of({.limit_mib = 728});
  ASSERT_FALSE(analysis.findings.empty());
  EXPECT_EQ(analysis.summary.primary_cause, "unquantized_weights");
  EXPECT_TRUE(has_finding(analysis, "ema")) << "it contributes";
  EXPECT_TRUE(has_finding(analysis, "near_limit"));
  EXPECT_FALSE(has_finding(analysis, "gradient_checkpointing_off")) << "on, by the default";
}

TEST(Causes, a_peak_in_sampling_is_told_so) {
  const auto analysis = analysis_of({.limit_mib = 1000, .sampling_mib = 960});
  EXPECT_EQ(analysis.summary.primary_cause, "sampling_spike");
  EXPECT_EQ(held(analysis, "sampling"), mib(410)) << "550 before it";
}

TEST(Causes, what_a_killed_phase_held_is_what_it_had_risen_by) {
  const auto analysis =
      analysis_of({.limit_mib = 960, .sampling_mib = 960, .exit = ExitKind::oom_killed});
  EXPECT_EQ(held(analysis, "sampling"), mib(410)) << "it would have gone on: that is a prediction";
  EXPECT_GT(analysis.parts.sampling->bytes.likely, 410 * kMib);
}

TEST(Causes, a_run_with_room_has_none) {
  const auto analysis = analysis_of({.limit_mib = 2000});
  for (const auto& finding : analysis.findings)
    EXPECT_FALSE(is_memory_cause(finding.id)) << finding.id;
  EXPECT_TRUE(has_finding(analysis, "spare_memory"));
}

}  // namespace
}  // namespace tidemark
