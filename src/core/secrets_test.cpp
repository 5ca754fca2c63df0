#include "core/secrets.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Secrets, keys_of_credentials_are_known_in_every_spelling) {
  for (const auto* key : {"token",         "hf_token",
                          "HF_TOKEN",      "hfToken",
                          "HFToken",       "access-token",
                          "api_key",       "apikey",
                          "apiKey",        "WANDB_API_KEY",
                          "password",      "db_password",
                          "Passwd",        "secret",
                          "client_secret", "credential",
                          "credentials",   "auth",
                          "basic_auth",    "use_auth.auth_token",
                          "ssh_key",       "aws_secret_access_key",
                          "authorization"})
    EXPECT_TRUE(is_secret_key(key)) << key;
}

TEST(Secrets, tokens_of_text_and_other_keys_are_no_credentials) {
  for (const auto* key :
       {"", "num_tokens", "max_tokens", "tokenizer", "token_dim", "tokenizer_path", "pad_token",
        "eos_token", "trigger_token", "author", "authors", "key", "image_key", "keyframe", "monkey",
        "secretary", "steps", "max_token", "text_token"})
    EXPECT_FALSE(is_secret_key(key)) << key;
}

TEST(Secrets, a_random_value_under_a_key_is_a_secret) {
  EXPECT_TRUE(is_secret_value("wandb.key", "0123456789abcdef0123456789abcdef01234567"));
  EXPECT_FALSE(is_secret_value("image_key", "jpg"));
  EXPECT_FALSE(is_secret_value("path", "0123456789abcdef0123456789abcdef01234567"));
}

TEST(Secrets, token_shapes_are_masked_in_text) {
  EXPECT_EQ(mask_secrets("login with hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345 failed"),
            "login with [redacted] failed");
  EXPECT_EQ(mask_secrets("ghp_0123456789abcdefghijABCDEFGHIJ012345."), "[redacted].");
  EXPECT_EQ(mask_secrets("'sk-proj-0123456789abcdefghij'"), "'[redacted]'");
  EXPECT_EQ(mask_secrets("Authorization: Bearer abc.DEF-123456789"),
            "Authorization: Bearer [redacted]");
}

TEST(Secrets, words_that_begin_like_tokens_stay) {
  EXPECT_EQ(mask_secrets("hf_hub_download and hf_transfer, sk-learn"),
            "hf_hub_download and hf_transfer, sk-learn");
  EXPECT_EQ(mask_secrets("half_AbCdEfGhIjKlMnOpQrStUvWxYz"), "half_AbCdEfGhIjKlMnOpQrStUvWxYz");
}

TEST(Secrets, user_and_password_of_a_url_are_masked) {
  EXPECT_EQ(mask_secrets("postgresql://bob:hunter2@db.example/x"),
            "postgresql://[redacted]@db.example/x");
  EXPECT_EQ(mask_secrets("https://u:p@ss@host/"), "https://[redacted]@host/");
  EXPECT_EQ(mask_secrets("https://host/path@2x.png"), "https://host/path@2x.png");
}

TEST(Secrets, values_after_a_secrets_name_are_masked) {
  EXPECT_EQ(mask_secrets("https://host/dl?token=abc123&x=1"),
            "https://host/dl?token=[redacted]&x=1");
  EXPECT_EQ(mask_secrets("{\"api_key\": \"a1b2c3d4e5\", \"n\": 1}"),
            "{\"api_key\": \"[redacted]\", \"n\": 1}");
  EXPECT_EQ(mask_secrets("WANDB_API_KEY=abc python train.py"),
            "WANDB_API_KEY=[redacted] python train.py");
  EXPECT_EQ(mask_secrets("Unexpected token: else"), "Unexpected token: else");
  EXPECT_EQ(mask_secrets("max_tokens=4096"), "max_tokens=4096");
}

TEST(Secrets, masking_twice_changes_nothing_more) {
  const auto once = mask_secrets("token=abc password: 12345678 https://a:b@c");
  EXPECT_EQ(once, "token=[redacted] password: [redacted] https://[redacted]@c");
  EXPECT_EQ(mask_secrets(once), once);
}

}  // namespace
}  // namespace tidemark
