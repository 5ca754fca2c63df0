// A run, and the runs before it in the same store: what it is checked against and learns from.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;
constexpr double kStart = synthetic::kStart;

class History : public ::testing::Test {
 protected:
  History() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_history_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store_.emplace(std::move(Store::open(folder_ / "t.db").value()));
  }
  ~History() override { std::filesystem::remove_all(folder_); }

  struct Wanted {
    double at = 0;  // when it begins
    int batch = 4;
    int training_mib = 700;
    ExitKind exit = ExitKind::completed;
    std::string train{};  // further settings
    std::string host{"box"};
    bool has_steps = true;
    int limit_mib = 1000;
    std::string config{};  // in place of the one that this makes
  };

  static std::string config_of(const Wanted& wanted) {
    const auto config = JobConfig::parse(
        fmt::format(
            "{{job: extension, config: {{name: x, process: [{{type: t, device: cpu, network: "
            "{{linear: 16}}, train: {{batch_size: {}, disable_sampling: true{}}}, datasets: "
            "[{{num_workers: 0}}], model: {{name_or_path: m}}}}]}}}}",
            wanted.batch, wanted.train),
        "test");
    return config.value().redacted_json();
  }

  /// Records a run from its first sample to its end.
  StoredRun record(const Wanted& wanted) {
    RunInfo info;
    info.job_name = "x";
    info.host = wanted.host;
    info.config_json = wanted.config.empty() ? config_of(wanted) : wanted.config;
    info.anchor.wall = WallTime{} + from_seconds(kStart + wanted.at);
    const auto key = store_->begin_run(info).value();
    WriteGroup group;
    const auto event = [&](double at, std::string type, std::string details = "") {
      group.add(EventRecord{.unix_seconds = kStart + wanted.at + at,
                            .type = std::move(type),
                            .details = std::move(details)});
    };
    event(10, "model_load_start");
    event(20, "model_load_end");
    event(22, "parameters", R"({"trainable": 10485760, "frozen": 52428800, "dtype": "fp32"})");
    event(28, "train_start");
    for (int i = 0; wanted.has_steps && i < 40; ++i)
      group.add(StepRecord{.step = i,
                           .unix_seconds = kStart + wanted.at + 31 + i,
                           .batch_size = wanted.batch,
                           .step_time_seconds = 1});
    const synthetic::Run shape{.limit_mib = wanted.limit_mib};
    const auto sample = [&](double at, int level) {
      group.add(synthetic::sample(shape, wanted.at + at, level, false));
    };
    for (const auto& [at, level] : {std::pair{5.0, 100}, {15.0, 300}, {21.0, 350}, {28.5, 430}})
      sample(at, level);
    for (int i = 0; i < 40; ++i) sample(30.5 + i, wanted.training_mib - 20 * (i % 2));
    EXPECT_TRUE(store_->write(key, group, {}));
    EXPECT_TRUE(store_->end_run(
        key, {.unix_seconds = kStart + wanted.at + 80, .exit = {.kind = wanted.exit}}, {}));
    return store_->run(key.job_id, key.number).value();
  }

  Report report_of(const StoredRun& run) { return std::move(build_report(*store_, run).value()); }

  /// As `tidemark run` does at its end.
  Report analyse(const StoredRun& run, double after) {
    auto report = report_of(run);
    EXPECT_TRUE(store_->save_report(run.key, to_stored(report, kStart + after)));
    return report;
  }

  std::filesystem::path folder_{};
  std::optional<Store> store_{};
};

TEST_F(History, the_first_run_has_nothing_to_be_checked_against) {
  const auto report = analyse(record({}), 90);
  EXPECT_FALSE(report.prediction_check);
  EXPECT_TRUE(Json::parse(report_json(report))["prediction_check"].is_null());
  EXPECT_TRUE(report.analysis.model->learned_from.empty());
}

TEST_F(History, a_run_under_the_plan_is_checked_against_it) {
  const auto before =
      analyse(record({.batch = 8, .training_mib = 990, .exit = ExitKind::oom_killed}), 90);
  ASSERT_TRUE(before.analysis.plan);
  std::vector<ConfigEdit> edits;
  for (const auto& change : before.analysis.plan->changes)
    edits.push_back({change.path, change.value});
  const auto likely = before.analysis.plan->peak.likely / (1 << 20);
  const auto mended = edit_config(config_of({.batch = 8}), edits);
  ASSERT_TRUE(mended) << mended.error().message;
  const auto report = report_of(
      record({.at = 1000, .training_mib = static_cast<int>(likely) + 3, .config = *mended}));
  ASSERT_TRUE(report.prediction_check) << *mended;
  const auto& check = *report.prediction_check;
  EXPECT_EQ(check.source, "plan");
  EXPECT_EQ(check.run, 1);
  EXPECT_TRUE(check.within());
  EXPECT_NEAR(check.error_fraction(), -3 / likely, 0.004);
  const auto json = Json::parse(report_json(report))["prediction_check"];
  EXPECT_DOUBLE_EQ(json["predicted_peak_gb"].get<double>(), to_gib(check.likely));
  EXPECT_EQ(json["within"], true);
  EXPECT_EQ(json["job"], "x");
  EXPECT_FALSE(json["changes"].empty());
  EXPECT_NE(report_text(report, {}).find("by the plan of x, run 1; it was"), std::string::npos);
  EXPECT_NE(report_html(report).find("Predicted and actual"), std::string::npos);
}

TEST_F(History, what_was_said_counts_and_not_what_would_be_said_now) {
  const auto first = record({.batch = 4, .training_mib = 700});
  const auto report = analyse(first, 90);
  auto settings = *report.analysis.recipe;
  ASSERT_TRUE(apply_change(settings, {"config.process[0].train.batch_size", std::int64_t{2}}));
  auto said = prediction_to_keep(report.analysis, settings, "whatif", {}, kStart + 100);
  said.low = mib(100);
  said.likely = mib(111);
  said.high = mib(120);
  ASSERT_TRUE(store_->keep_prediction(first.key, said));
  const auto second = record({.at = 1000, .batch = 2, .training_mib = 640});
  (void)analyse(first, 2000);  // in hindsight
  const auto check = report_of(second).prediction_check;
  ASSERT_TRUE(check);
  EXPECT_EQ(check->likely, mib(111));
  EXPECT_FALSE(check->within());
  EXPECT_NE(report_text(report_of(second), {}).find("out of the interval"), std::string::npos);
}

TEST_F(History, a_run_that_died_says_that_it_took_at_least_as_much) {
  const auto first = record({.batch = 4, .training_mib = 700});
  const auto report = analyse(first, 90);
  auto settings = *report.analysis.recipe;
  ASSERT_TRUE(apply_change(settings, {"config.process[0].train.batch_size", std::int64_t{8}}));
  ASSERT_TRUE(store_->keep_prediction(
      first.key, prediction_to_keep(report.analysis, settings, "whatif", {}, kStart + 100)));
  const auto check =
      report_of(record({.at = 1000, .batch = 8, .training_mib = 950, .exit = ExitKind::oom_killed}))
          .prediction_check;
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->at_least);
  EXPECT_FALSE(check->within()) << "at most 850 was predicted";
}

TEST_F(History, a_run_that_never_came_to_a_step_checks_nothing) {
  const auto first = record({});
  const auto report = analyse(first, 90);
  ASSERT_TRUE(store_->keep_prediction(
      first.key,
      prediction_to_keep(report.analysis, *report.analysis.recipe, "whatif", {}, kStart + 100)));
  EXPECT_FALSE(report_of(record({.at = 1000, .exit = ExitKind::error, .has_steps = false}))
                   .prediction_check);
  EXPECT_TRUE(report_of(record({.at = 2000})).prediction_check);
}

TEST_F(History, what_else_was_changed_is_told) {
  const auto first = record({});
  const auto report = analyse(first, 90);
  ASSERT_TRUE(store_->keep_prediction(
      first.key,
      prediction_to_keep(report.analysis, *report.analysis.recipe, "whatif", {}, kStart + 100)));
  const auto check =
      report_of(record({.at = 1000, .train = ", lr: 0.5, noise_scheduler: ddpm"})).prediction_check;
  ASSERT_TRUE(check);
  EXPECT_EQ(check->other_changes, (std::vector<std::string>{"train.lr", "train.noise_scheduler"}));
}

TEST_F(History, a_second_batch_size_narrows_what_is_predicted_and_is_told) {
  // 550 MiB and 40 an item.
  (void)analyse(record({.batch = 2, .training_mib = 630}), 90);
  const auto second = record({.at = 1000, .batch = 8, .training_mib = 870});
  const auto report = report_of(second);
  const auto& [own, model] = std::tie(*report.analysis.own_model, *report.analysis.model);
  ASSERT_EQ(model.learned_from.size(), 1U);
  EXPECT_EQ(model.learned_from[0].job, "x");
  auto settings = model.recipe;
  ASSERT_TRUE(apply_change(settings, {"config.process[0].train.batch_size", std::int64_t{4}}));
  const auto alone = predict(own, settings).peak, with = predict(model, settings).peak;
  EXPECT_LT(with.high - with.low, (alone.high - alone.low) / 2);
  EXPECT_NEAR(with.likely / (1 << 20), 550 + 4 * 40, 15);
  EXPECT_EQ(learned_sentence(model), "also from 1 earlier run of this model on this machine");
}

TEST_F(History, runs_of_another_machine_and_later_runs_tell_nothing) {
  (void)analyse(record({.batch = 2, .training_mib = 630, .host = "elsewhere"}), 90);
  const auto second = record({.at = 1000, .batch = 8, .training_mib = 870});
  (void)analyse(record({.at = 2000, .batch = 4, .training_mib = 710}), 2090);
  EXPECT_TRUE(report_of(second).analysis.model->learned_from.empty());
}

TEST_F(History, a_config_that_has_not_run_is_told_by_the_runs_like_it) {
  (void)analyse(record({.batch = 2, .training_mib = 630}), 90);
  (void)analyse(record({.at = 1000, .batch = 8, .training_mib = 870}), 1090);
  const auto config = JobConfig::parse(config_of({.batch = 6}), "c.yaml").value();
  const auto like = find_like_run(*store_, config, "box", "c.yaml");
  ASSERT_TRUE(like) << like.error().message;
  EXPECT_EQ(like->run.key.number, 2);
  EXPECT_EQ(like->model.learned_from.size(), 2U);
  EXPECT_NEAR(predict(like->model, like->recipe).peak.likely / (1 << 20), 550 + 6 * 40, 15);
  const auto other = JobConfig::parse(
      R"({"config": {"process": [{"type": "t", "model": {"name_or_path": "another"}}]}})",
      "d.yaml");
  const auto none = find_like_run(*store_, *other, "box", "d.yaml");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::not_found);
  EXPECT_TRUE(none.error().message.starts_with("d.yaml: ")) << none.error().message;
}

}  // namespace
}  // namespace tidemark
