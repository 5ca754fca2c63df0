#include <gtest/gtest.h>
#include <stdlib.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "report/series_columns.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

class SeriesJson : public ::testing::Test {
 protected:
  SeriesJson() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_series_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SeriesJson() override { std::filesystem::remove_all(folder_); }

  Json steps_of(const std::vector<std::optional<double>>& losses, const SeriesWindow& window = {}) {
    auto store = Store::open(folder_ / "m.db").value();
    RunInfo info;
    info.job_id = "job";
    const auto run = store.begin_run(info).value();
    WriteGroup group;
    for (std::size_t i = 0; i < losses.size(); ++i) {
      StepRecord step;
      step.step = static_cast<std::int64_t>(i);
      step.unix_seconds = 100 + static_cast<double>(i);
      step.loss = losses[i];
      group.add(std::move(step));
    }
    EXPECT_TRUE(store.write(run, group, {}));
    return Json::parse(steps_json(store, run, window).value())["columns"];
  }

  std::filesystem::path folder_;
};

TEST_F(SeriesJson, whole_numbers_are_written_whole) {
  const auto columns = steps_of({0.5, 0.25});
  EXPECT_EQ(columns["step"].dump(), "[0,1]");
  EXPECT_EQ(columns["loss"].dump(), "[0.5,0.25]");
}

TEST_F(SeriesJson, not_a_number_is_null) {
  const auto columns = steps_of({0.5, std::numeric_limits<double>::quiet_NaN(), std::nullopt});
  EXPECT_EQ(columns["loss"].dump(), "[0.5,null,null]");
}

TEST_F(SeriesJson, a_column_that_never_had_a_value_is_left_out) {
  const auto columns = steps_of({0.5});
  EXPECT_FALSE(columns.contains("gradient_norm"));
}

TEST_F(SeriesJson, every_pool_has_the_column_that_its_limit_is_held_against) {
  SampleRow sample;
  sample.used = gib(1);
  sample.gpu_memory_used = gib(2);
  sample.cgroup_working_set = gib(3);
  sample.shm_used = gib(4);
  sample.address_space_used = gib(5);
  const auto columns = Json::parse(columns_json(std::vector{sample}))["columns"];
  EXPECT_EQ(columns["used_memory_gb"].dump(), "[1]");
  EXPECT_EQ(columns["gpu_memory_used_gb"].dump(), "[2]");
  EXPECT_EQ(columns["cgroup_working_set_gb"].dump(), "[3]");
  EXPECT_EQ(columns["shm_used_gb"].dump(), "[4]");
  EXPECT_EQ(columns["address_space_used_gb"].dump(), "[5]");
}

TEST_F(SeriesJson, a_window_is_within_both_ends) {
  const auto columns = steps_of({1, 2, 3, 4, 5}, {.from = 101, .to = 103});
  EXPECT_EQ(columns["step"].dump(), "[1,2,3]");
}

TEST_F(SeriesJson, a_window_with_nothing_in_it_has_no_columns) {
  EXPECT_EQ(steps_of({1}, {.from = 1000}).dump(), "{}");
}

}  // namespace
}  // namespace tidemark
