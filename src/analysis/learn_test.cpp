// What other runs of a model tell: worlds whose truth is known, seen through a few runs each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using synthetic::analysis_of;

constexpr double kMib = 1 << 20;

struct Settings {
  std::int64_t batch = 4, resolution = 512;
  bool checkpointing = true;
};

/// What a model's training takes: 550 MiB, and activations that go with the settings.
struct World {
  double item_mib = 30, pixel_power = 1, without_checkpointing = 3;

  std::int64_t training_mib(const Settings& settings) const {
    const double pixels = std::pow(static_cast<double>(settings.resolution) / 512, 2);
    const double activations = item_mib * static_cast<double>(settings.batch) *
                               std::pow(pixels, pixel_power) *
                               (settings.checkpointing ? 1 : without_checkpointing);
    return 550 + static_cast<std::int64_t>(std::llround(activations));
  }
};

synthetic::Run run_in(const World& world, const Settings& settings) {
  const auto training_mib = world.training_mib(settings);
  return {.limit_mib = training_mib * 3 / 2,  // fuller than the machine: the pool that is asked of
          .training_mib = training_mib,
          .train = fmt::format("batch_size: {}, optimizer: adamw, ema_config: {{use_ema: true}}, "
                               "gradient_checkpointing: {}",
                               settings.batch, settings.checkpointing),
          .datasets = fmt::format("[{{resolution: {}, num_workers: 0}}]", settings.resolution),
          .batch = settings.batch};
}

MemoryModel model_of(const synthetic::Run& run) {
  auto analysis = analysis_of(run);
  EXPECT_TRUE(analysis.own_model);
  return analysis.own_model.value_or(MemoryModel{});
}

EarlierRun earlier(const synthetic::Run& run, std::int64_t number = 1) {
  return {{"job", "x", number}, model_of(run)};
}

Recipe recipe_for(const Settings& settings) {
  return read_recipe(synthetic::config_of(run_in({}, settings))).value_or(Recipe{});
}

Range predicted_mib(const MemoryModel& model, const Settings& settings) {
  return predict(model, recipe_for(settings)).peak * (1 / kMib);
}

double width(const Range& range) {
  return range.high - range.low;
}

TEST(Learn, without_other_runs_the_model_is_the_runs_own) {
  const auto own = model_of(run_in({}, {}));
  const auto same = learn(own, {});
  EXPECT_TRUE(same.learned_from.empty());
  EXPECT_EQ(predicted_mib(same, {.batch = 1}), predicted_mib(own, {.batch = 1}));
  EXPECT_EQ(same.not_known, own.not_known);
}

TEST(Learn, a_run_of_another_batch_size_tells_what_an_item_takes) {
  const World world;
  const auto own = model_of(run_in(world, {.batch = 8}));
  const auto learned = learn(own, {earlier(run_in(world, {.batch = 4}), 7)});
  const auto before = predicted_mib(own, {.batch = 2}),
             after = predicted_mib(learned, {.batch = 2});
  const auto truth = static_cast<double>(world.training_mib({.batch = 2}));
  EXPECT_LT(width(after), width(before) / 2);
  EXPECT_LE(after.low, truth);
  EXPECT_GE(after.high, truth);
  EXPECT_NEAR(after.likely, truth, 0.02 * truth);
  ASSERT_EQ(learned.learned_from.size(), 1U);
  EXPECT_EQ(learned.learned_from[0].run, 7);
  EXPECT_EQ(learned.parts.activations->basis, Basis::measured);
  EXPECT_FALSE(std::ranges::any_of(learned.not_known, [](const std::string& one) {
    return one.find("batch size") != std::string::npos;
  }));
}

TEST(Learn, as_it_is_the_prediction_stays_the_peak_that_was_measured) {
  const World world;
  const auto learned =
      learn(model_of(run_in(world, {.batch = 8})), {earlier(run_in(world, {.batch = 2}))});
  EXPECT_EQ(predict(learned, learned.recipe).peak,
            Range::of(mib(world.training_mib({.batch = 8}))));
}

TEST(Learn, a_run_without_checkpointing_tells_what_it_saves) {
  const World world{.without_checkpointing = 6};
  const auto own = model_of(run_in(world, {}));
  const Settings off{.checkpointing = false};
  const auto before = predicted_mib(own, off);
  const auto after =
      predicted_mib(learn(own, {earlier(run_in(world, {.batch = 8})),
                                earlier(run_in(world, {.batch = 2, .checkpointing = false}))}),
                    off);
  const auto truth = static_cast<double>(world.training_mib(off));
  EXPECT_LT(width(after), width(before) / 2);
  EXPECT_LE(after.low, truth);
  EXPECT_GE(after.high, truth);
}

TEST(Learn, a_run_that_died_before_its_first_step_is_predicted_from_one_that_trained) {
  const World world;
  auto dead = run_in(world, {.batch = 32});
  dead.limit_mib = 900;
  dead.training_mib = 900;
  dead.exit = ExitKind::oom_killed;
  dead.steps = 0;
  const auto own = model_of(dead);
  ASSERT_FALSE(own.trained);
  const auto learned = learn(
      own, {earlier(run_in(world, {.batch = 4}), 3), earlier(run_in(world, {.batch = 2}), 2)});
  EXPECT_EQ(largest_batch(learned.asked), 32) << "its own settings, whoever taught it";
  EXPECT_EQ(learned.learned_from.size(), 2U);
  const auto as_it_was = predicted_mib(learned, {.batch = 32});
  EXPECT_GE(as_it_was.high, 900) << "it was killed there: it takes no less";
  for (const std::int64_t batch : {1, 8, 32}) {
    const auto peak = predicted_mib(learned, {.batch = batch});
    const auto truth = static_cast<double>(world.training_mib({.batch = batch}));
    EXPECT_LE(peak.low, truth) << batch;
    EXPECT_GE(peak.high, truth) << batch;
  }
}

// 250 MiB are loaded, 200 of them base weights: what is left is the text encoder's for the most
// part.
synthetic::Run run_with(std::string_view caching, std::int64_t training_mib) {
  return {.limit_mib = 1200,
          .training_mib = training_mib,
          .train = fmt::format("batch_size: 4, optimizer: adafactor{}", caching)};
}

TEST(Learn, of_runs_that_say_as_much_the_one_with_the_same_settings_is_the_base) {
  auto dead = run_with("", 1200);
  dead.exit = ExitKind::oom_killed;
  dead.steps = 0;
  const auto learned = learn(
      model_of(dead),
      {earlier(run_with(", cache_text_embeddings: true", 700), 3), earlier(run_with("", 740), 2)});
  ASSERT_TRUE(learned.base);
  EXPECT_EQ(learned.base->run, 2);
}

TEST(Model, a_text_encoder_that_comes_back_is_counted) {
  const auto model = model_of(run_with(", cache_text_embeddings: true", 700));
  ASSERT_TRUE(model.parts.text_encoder);
  auto kept = model.recipe;
  kept.train.cache_text_embeddings.value = false;
  EXPECT_NEAR(predict(model, kept).peak.likely - predict(model, model.recipe).peak.likely,
              model.parts.text_encoder->bytes.likely, kMib);
}

TEST(Learn, what_no_value_explains_makes_predictions_wider) {
  const World world;
  const auto own = model_of(run_in(world, {}));
  auto other = run_in(world, {});  // the same settings
  other.training_mib += 60;        // and something else that nobody told
  const auto learned = learn(own, {earlier(other)});
  EXPECT_GT(learned.misfit.high, 40 * kMib);
  EXPECT_EQ(learned.misfit.low, 0);
  const auto before = predicted_mib(own, {.batch = 2}),
             after = predicted_mib(learned, {.batch = 2});
  EXPECT_GT(after.high, before.high + 40);
  EXPECT_EQ(after.low, before.low);
}

TEST(Learn, a_run_that_is_another_thing_altogether_spoils_nothing) {
  const World world;
  auto strange = run_in(world, {.batch = 2});
  strange.training_mib = 5000;
  strange.limit_mib = 8000;
  const auto own = model_of(run_in(world, {.batch = 8}));
  const auto alone = learn(own, {earlier(run_in(world, {.batch = 4}), 1)});
  const auto with = learn(own, {earlier(strange, 2), earlier(run_in(world, {.batch = 4}), 1)});
  EXPECT_EQ(predicted_mib(with, {.batch = 2}), predicted_mib(alone, {.batch = 2}));
  ASSERT_EQ(with.learned_from.size(), 1U);
  EXPECT_EQ(with.learned_from[0].run, 1);
}

TEST(Learn, what_cannot_be_compared_is_passed_over) {
  const World world;
  const auto own = model_of(run_in(world, {.batch = 8}));
  auto larger = run_in(world, {.batch = 4});
  larger.frozen *= 2;  // another checkpoint of the same name
  auto other_pool = earlier(run_in(world, {.batch = 4}));
  other_pool.model.pool = PoolKind::gpu;
  auto leaking = earlier(run_in(world, {.batch = 4}));
  leaking.model.grew = true;
  auto other_attention = run_in(world, {.batch = 4});
  other_attention.train += ", attention_backend: flash";
  const auto learned = learn(own, {earlier(larger), other_pool, leaking, earlier(other_attention)});
  EXPECT_TRUE(learned.learned_from.empty());
  EXPECT_EQ(predicted_mib(learned, {.batch = 2}), predicted_mib(own, {.batch = 2}));
}

TEST(Learn, a_phase_that_was_never_reached_is_known_from_a_run_that_reached_it) {
  const World world;
  auto killed = run_in(world, {.batch = 2});
  killed.exit = ExitKind::stopped;
  auto sampled = run_in(world, {.batch = 4});
  sampled.sampling_mib = 900;
  const auto learned = learn(model_of(killed), {earlier(sampled)});
  EXPECT_EQ(predict(learned, learned.recipe).phase, "sampling");
}

TEST(Learn, settings_that_never_ran_are_predicted_from_the_run_that_says_most) {
  const World world;
  const std::vector<EarlierRun> runs{earlier(run_in(world, {.batch = 16}), 3),
                                     earlier(run_in(world, {.batch = 4}), 2),
                                     earlier(run_in(world, {.batch = 1}), 1)};
  const auto model = learn_for(recipe_for({.batch = 5}), runs);
  ASSERT_TRUE(model && model->base);
  EXPECT_EQ(model->base->run, 2) << "batch 4 is the nearest";
  EXPECT_EQ(model->learned_from.size(), 3U);
  const auto peak = predicted_mib(*model, {.batch = 5});
  EXPECT_NEAR(peak.likely, static_cast<double>(world.training_mib({.batch = 5})), 20);
  EXPECT_FALSE(learn_for(recipe_for({}), {}));
}

// ---- Properties, over worlds drawn with a fixed seed
// ---------------------------------------------

class Worlds {
 public:
  World world() {
    return {.item_mib = real(5, 120),
            .pixel_power = real(1, 2),
            .without_checkpointing = real(1.6, 7.5)};
  }
  Settings settings() {
    return {
        .batch = whole(1, 16), .resolution = 64 * whole(4, 16), .checkpointing = whole(0, 1) == 1};
  }
  /// A run whose peak is off by what the same settings differ by from one run to the next.
  synthetic::Run run(const World& world, const Settings& settings) {
    auto run = run_in(world, settings);
    run.training_mib = std::llround(static_cast<double>(run.training_mib) * real(0.995, 1.005));
    return run;
  }
  std::vector<EarlierRun> runs(const World& world, int count) {
    std::vector<EarlierRun> all;
    for (int i = 0; i < count; ++i) all.push_back(earlier(run(world, settings()), i + 1));
    return all;
  }

 private:
  double real(double low, double high) {
    // Not std::uniform_real_distribution, whose numbers differ from library to library.
    return low + (high - low) * (static_cast<double>(engine_() % 10'007) / 10'007);
  }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::mt19937 engine_{20'251};
};

TEST(ModelProperties, predictions_rise_with_the_batch) {
  Worlds worlds;
  for (int i = 0; i < 60; ++i) {
    const auto world = worlds.world();
    auto model = learn(model_of(worlds.run(world, worlds.settings())), worlds.runs(world, i % 4));
    model.misfit = {};  // it is not added where the run itself was measured
    auto settings = worlds.settings();
    Range last{};
    for (settings.batch = 1; settings.batch <= 16; ++settings.batch) {
      const auto now = predicted_mib(model, settings);
      EXPECT_LE(last.low, now.low + 1e-6);
      EXPECT_LE(last.likely, now.likely + 1e-6);
      EXPECT_LE(last.high, now.high + 1e-6);
      EXPECT_LE(now.low, now.likely);
      EXPECT_LE(now.likely, now.high);
      last = now;
    }
  }
}

TEST(ModelProperties, intervals_hold_the_truth_and_other_runs_make_them_narrower) {
  Worlds worlds;
  int asked = 0, held = 0, held_alone = 0;
  std::vector<double> narrowing;
  for (int i = 0; i < 150; ++i) {
    const auto world = worlds.world();
    const auto own = model_of(worlds.run(world, worlds.settings()));
    const auto learned = learn(own, worlds.runs(world, 1 + i % 4));
    for (int k = 0; k < 4; ++k) {
      const auto settings = worlds.settings();
      const auto truth = static_cast<double>(world.training_mib(settings));
      const double noise = 0.02 * truth;
      const auto alone = predicted_mib(own, settings), with = predicted_mib(learned, settings);
      ++asked;
      held += with.low - noise <= truth && truth <= with.high + noise;
      held_alone += alone.low - noise <= truth && truth <= alone.high + noise;
      if (width(alone) > 1) narrowing.push_back(width(with) / width(alone));
    }
  }
  EXPECT_GE(held_alone, asked * 95 / 100);
  EXPECT_GE(held, asked * 95 / 100);
  std::ranges::sort(narrowing);
  EXPECT_LT(narrowing[narrowing.size() / 2], 0.7) << "in the median";
}

}  // namespace
}  // namespace tidemark
