#include "report/model_json.h"

#include <gtest/gtest.h>

#include <string>

#include "support/synthetic_run.h"

namespace tidemark {
namespace {

MemoryModel a_model() {
  return synthetic::analysis_of({.sampling_mib = 690,
                                 .worker_count = 2,
                                 .worker_mib = 50,
                                 .datasets = "[{num_workers: 2}]"})
      .own_model.value_or(MemoryModel{});
}

TEST(ModelJson, what_comes_back_predicts_the_same) {
  const auto model = a_model();
  const auto back = parse_model(model_json(model), model.recipe);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->pool, PoolKind::cgroup);
  EXPECT_TRUE(back->trained);
  EXPECT_EQ(back->batch_sizes, model.batch_sizes);
  EXPECT_EQ(model_json(*back), model_json(model));
  for (const std::string change : {"train.batch_size", "datasets[0].num_workers"}) {
    auto recipe = model.recipe;
    ASSERT_TRUE(apply_change(recipe, {"config.process[0]." + change, std::int64_t{1}}));
    EXPECT_EQ(predict(*back, recipe).peak, predict(model, recipe).peak) << change;
  }
}

// Whoever can write the store can write anything.
TEST(ModelJson, what_is_no_model_is_refused) {
  const auto text = model_json(a_model());
  for (const std::string bad : {"", "{", "[]", "{}", "null", R"({"pool": "cgroup"})"})
    EXPECT_FALSE(parse_model(bad, {})) << bad;
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"cgroup\"", "\"lake\""},
                                 {"\"killed\":false", "\"killed\":0"},
                                 {"\"workers\":2", "\"workers\":1e300"},
                                 {"\"others\":", "\"other\":"},
                                 {"\"basis\":\"measured\"", "\"basis\":\"dreamt\""},
                                 {"\"worker_bytes\":[", "\"worker_bytes\":[1e99,"}}) {
    auto changed = text;
    const auto at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in " << text;
    changed.replace(at, from.size(), to);
    EXPECT_FALSE(parse_model(changed, {})) << changed;
  }
}

}  // namespace
}  // namespace tidemark
