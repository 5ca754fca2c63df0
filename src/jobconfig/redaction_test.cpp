#include <gtest/gtest.h>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

std::string redacted(std::string_view text) {
  const auto config = JobConfig::parse(text, "job.yaml");
  return config ? config->redacted_json() : config.error().message;
}

TEST(Redaction, the_config_keeps_its_order_and_types) {
  EXPECT_EQ(redacted("b: 1\na: [true, null, 0.5, x]\n"), R"({"b":1,"a":[true,null,0.5,"x"]})");
}

TEST(Redaction, values_of_secret_keys_are_masked) {
  EXPECT_EQ(
      redacted("{hf_token: abc, API_KEY: '1', password: 1234, login: {secret: [a, b]}}"),
      R"({"hf_token":"[redacted]","API_KEY":"[redacted]","password":"[redacted]","login":{"secret":["[redacted]","[redacted]"]}})");
}

TEST(Redaction, flags_and_absent_values_of_secret_keys_stay) {
  EXPECT_EQ(redacted("{use_auth_token: true, hf_token: null}"),
            R"({"use_auth_token":true,"hf_token":null})");
}

TEST(Redaction, tokens_of_text_stay) {
  EXPECT_EQ(
      redacted(
          "{max_tokens: 77, num_tokens: 4, tokenizer: clip, token_dim: 768, pad_token: <pad>}"),
      R"({"max_tokens":77,"num_tokens":4,"tokenizer":"clip","token_dim":768,"pad_token":"<pad>"})");
}

TEST(Redaction, token_shapes_and_urls_are_masked_wherever_they_stand) {
  EXPECT_EQ(
      redacted("{note: 'use hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345', db: 'postgresql://u:pw@h/d', "
               "wandb_key_id: x, wandb: {key: 0123456789abcdef0123456789abcdef01234567}}"),
      R"({"note":"use [redacted]","db":"postgresql://[redacted]@h/d","wandb_key_id":"x","wandb":{"key":"[redacted]"}})");
}

TEST(Redaction, numbers_that_json_lacks_become_null) {
  EXPECT_EQ(redacted("{a: .nan, b: .inf, c: -.inf}"), R"({"a":null,"b":null,"c":null})");
}

TEST(Redaction, bytes_that_are_not_utf8_are_replaced) {
  EXPECT_EQ(redacted("{\"a\": \"ok\"}"), R"({"a":"ok"})");
  EXPECT_NE(redacted("a: \"x\xFF\xFEy\"\n").find("\"a\":\"x"), std::string::npos);
}

TEST(Redaction, an_empty_config_is_null) {
  EXPECT_EQ(redacted(""), "null");
}

}  // namespace
}  // namespace tidemark
