#include "server/site_for_test.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

constexpr const char* kYaml =
    "# mine\njob: extension\nconfig:\n  name: x\n  process:\n    - device: cpu\n"
    "      network: {linear: 16}\n      train:\n        batch_size: 4\n        optimizer: adamw\n"
    "        ema_config:\n          use_ema: true\n      datasets:\n        - resolution: 512\n"
    "          num_workers: 0\n";

/// Two runs of `lora`, which came close to their container's limit.
class ModelRoutes : public SiteTest {
 protected:
  ModelRoutes() {
    record_lora({.limit_mib = 737});
    record_lora({.limit_mib = 737, .training_mib = 720});
    config_ = kYaml;
  }

  void record_lora(const synthetic::Run& shape) {
    auto store = Store::open(folder_ / "metrics.db");
    RunInfo info;
    info.job_id = info.job_name = "lora";
    info.config_json = synthetic::config_of(shape).redacted_json();
    info.anchor =
        ClockAnchor{BootTime{0}, WallTime{static_cast<std::int64_t>(kStart) * 1'000'000'000}};
    const auto run = store->begin_run(info);
    ASSERT_TRUE(run);
    WriteGroup group;
    for (const auto& [at, type, details] :
         {std::tuple{10.0, "model_load_start", ""}, std::tuple{20.0, "model_load_end", ""},
          std::tuple{22.0, "parameters",
                     R"({"trainable": 10485760, "frozen": 52428800, "dtype": "fp32"})"},
          std::tuple{28.0, "train_start", ""}, std::tuple{95.0, "train_end", ""}})
      group.add(EventRecord{.unix_seconds = kStart + at, .type = type, .details = details});
    for (const auto& [at, mib] : {std::pair{5.0, 100}, {15.0, 300}, {21.0, 350}, {28.5, 430}})
      group.add(synthetic::sample(shape, at, mib, false));
    for (int i = 0; i < 40; ++i) {
      group.add(synthetic::sample(shape, 30.5 + i, shape.training_mib - 20 * (i % 2), true));
      group.add(StepRecord{.step = i, .unix_seconds = kStart + 31 + i, .step_time_seconds = 1});
    }
    ASSERT_TRUE(store->write(*run, group, {}));
    ASSERT_TRUE(store->end_run(
        *run, {.unix_seconds = kStart + 100, .exit = {.kind = ExitKind::completed, .code = 0}},
        {}));
  }
};

TEST_F(ModelRoutes, whatif_predicts_what_the_body_sets) {
  const auto response =
      post("/api/jobs/lora/whatif?run=1", R"({"set": {"train.ema_config.use_ema": false}})");
  ASSERT_EQ(response.status, 200) << *response.body;
  const auto answer = Json::parse(*response.body);
  EXPECT_NEAR(answer["current_peak_gb"].get<double>(), 700.0 / 1024, 1e-9);
  EXPECT_NEAR(answer["predicted_peak_gb"].get<double>(), 660.0 / 1024, 1e-9);
  EXPECT_EQ(answer["settings"][0]["current_value"], true);
}

TEST_F(ModelRoutes, whatif_takes_recommendations_by_their_ids) {
  const auto by_id =
      Json::parse(*post("/api/jobs/lora/whatif?run=1", R"({"only": ["disable_ema"]})").body);
  EXPECT_NEAR(by_id["predicted_peak_gb"].get<double>(), 660.0 / 1024, 1e-9);
  const auto both = Json::parse(*post("/api/jobs/lora/whatif?run=1",
                                      R"({"only": ["disable_ema"],
                                          "set": {"train.ema_config.use_ema": true}})")
                                     .body);
  EXPECT_NEAR(both["predicted_peak_gb"].get<double>(), 700.0 / 1024, 1e-9)
      << "what was set by hand comes after";
}

TEST_F(ModelRoutes, a_question_that_is_off_is_400_with_the_reason) {
  for (const char* body : {"", "[]", R"({"set": {"train.colour": "red"}})",
                           R"({"set": {"train.batch_size": "many"}})", R"({"set": {"a": [1]}})"})
    EXPECT_EQ(post("/api/jobs/lora/whatif", body).status, 400) << body;
  EXPECT_EQ(post("/api/jobs/lora/whatif", R"({"only": ["paint_it"]})").status, 404);
  EXPECT_EQ(ask("/api/jobs/lora/whatif").status, 405);
  EXPECT_EQ(post("/api/jobs/job%2F1/whatif", "{}").status, 404) << "a run without a config";
}

TEST_F(ModelRoutes, config_is_the_file_with_the_change_in_it) {
  const auto response = ask("/api/jobs/lora/config?apply=disable_ema&run=1");
  ASSERT_EQ(response.status, 200) << *response.body;
  EXPECT_EQ(response.type, "application/yaml");
  EXPECT_EQ(response.download_name, "lora.yaml");
  std::string expected{kYaml};
  expected.replace(expected.find("use_ema: true"), 13, "use_ema: false");
  EXPECT_EQ(*response.body, expected);
}

TEST_F(ModelRoutes, config_as_json_has_difference_and_prediction) {
  const auto plan = json("/api/jobs/lora/config?apply=plan&format=json&run=1");
  EXPECT_TRUE(plan["config"].get<std::string>().starts_with("# mine\n"));
  EXPECT_TRUE(plan["difference"].get<std::string>().starts_with("--- job.yaml\n"));
  EXPECT_FALSE(plan["settings"].empty());
  EXPECT_LT(plan["prediction"]["predicted_peak_gb"].get<double>(), 700.0 / 1024);
  EXPECT_EQ(json("/api/jobs/lora/config?format=json&run=1"), plan) << "the plan is the default";
}

TEST_F(ModelRoutes, config_takes_settings_by_hand) {
  const auto response =
      post("/api/jobs/lora/config", R"({"set": {"train.batch_size": 2}, "only": ["disable_ema"]})");
  ASSERT_EQ(response.status, 200) << *response.body;
  const auto config = Json::parse(*response.body)["config"].get<std::string>();
  EXPECT_TRUE(config.contains("batch_size: 2\n"));
  EXPECT_TRUE(config.contains("use_ema: false\n"));
}

TEST_F(ModelRoutes, config_that_cannot_be_made_says_why) {
  EXPECT_EQ(ask("/api/jobs/lora/config?apply=paint_it").status, 404);
  config_ = "root:x:0:0:root:/root:/bin/bash\n";
  const auto foreign = ask("/api/jobs/lora/config?apply=disable_ema");
  EXPECT_EQ(foreign.status, 400);
  EXPECT_FALSE(foreign.body->contains("/bin/bash"));
  config_.clear();
  EXPECT_EQ(ask("/api/jobs/lora/config?apply=disable_ema").status, 404);
}

TEST_F(ModelRoutes, a_config_with_secrets_is_handed_to_nobody_without_a_token) {
  config_ += "      hf_token: hf_abcdefghijklmnopqrstuvwxyz\n";
  EXPECT_EQ(ask("/api/jobs/lora/config?apply=disable_ema").status, 200);
  options_.access.token.clear();
  site_.emplace(options_);
  for (const char* form : {"", "&format=json"}) {
    const auto response = ask(std::string{"/api/jobs/lora/config?apply=disable_ema"} + form);
    EXPECT_EQ(response.status, 403);
    EXPECT_FALSE(response.body->contains("hf_abc"));
  }
}

TEST_F(ModelRoutes, two_runs_are_compared) {
  const auto both = json("/api/diff?a=lora&a_run=1&b=lora");
  EXPECT_EQ(both["a"]["run"], 1);
  EXPECT_EQ(both["b"]["run"], 2);
  EXPECT_NEAR(both["a"]["peak_memory_gb"].get<double>(), 700.0 / 1024, 1e-9);
  EXPECT_NEAR(both["b"]["peak_memory_gb"].get<double>(), 720.0 / 1024, 1e-9);
  EXPECT_EQ(both["settings"], Json::array());
  EXPECT_TRUE(json("/api/diff?a=lora&b=job%2F1")["settings"].is_null());
}

TEST_F(ModelRoutes, what_cannot_be_compared_says_why) {
  EXPECT_EQ(ask("/api/diff?a=lora").status, 400);
  EXPECT_EQ(ask("/api/diff?a=lora&b=none").status, 404);
  EXPECT_EQ(ask("/api/diff?a=lora&b=lora&b_run=x").status, 400);
}

}  // namespace
}  // namespace tidemark
