#include "server/settings_body.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(SettingsBody, paths_are_made_whole_and_values_keep_their_kind) {
  const auto body = parse_settings_body(
      R"({"set": {"config.process[0].train.batch_size": 2, "train.optimizer": "adafactor",
          "model.quantize": true, "x": 0.5, "y": null}, "only": ["disable_ema"]})");
  ASSERT_TRUE(body) << body.error().message;
  ASSERT_EQ(body->set.size(), 5U);
  EXPECT_EQ(body->set[0].path, "config.process[0].train.batch_size");
  EXPECT_EQ(body->set[0].value, ConfigValue{std::int64_t{2}});
  EXPECT_EQ(body->set[1].path, "config.process[0].train.optimizer");
  EXPECT_EQ(body->set[1].value, ConfigValue{std::string{"adafactor"}});
  EXPECT_EQ(body->set[2].value, ConfigValue{true});
  EXPECT_EQ(body->set[3].value, ConfigValue{0.5});
  EXPECT_EQ(body->set[4].value, ConfigValue{});
  EXPECT_EQ(body->only, std::vector<std::string>{"disable_ema"});
}

TEST(SettingsBody, an_empty_question_is_one) {
  const auto body = parse_settings_body("{}");
  ASSERT_TRUE(body);
  EXPECT_TRUE(body->set.empty() && body->only.empty());
}

TEST(SettingsBody, what_has_another_shape_is_refused_with_the_shape) {
  const std::string deep(100'000, '[');
  for (const std::string& text :
       {std::string{}, std::string{"x"}, std::string{"[]"}, std::string{R"({"set": []})"},
        std::string{R"({"set": {"a": [1]}})"}, std::string{R"({"set": {"a": {}}})"},
        std::string{R"({"only": "plan"})"}, std::string{R"({"only": [1]})"},
        std::string{R"({"sets": {}})"}, std::string{R"({"set": {"a": 18446744073709551615}})"},
        "{\"set\": " + deep, deep}) {
    const auto body = parse_settings_body(text);
    ASSERT_FALSE(body) << text.substr(0, 60);
    EXPECT_EQ(body.error().code, Errc::invalid);
    EXPECT_TRUE(body.error().message.contains("\"set\": {PATH: VALUE}"));
  }
}

}  // namespace
}  // namespace tidemark
