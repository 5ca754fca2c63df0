// What must not be stored or shown: credentials in configs, command lines and error messages. A
// table of names and shapes, not a proof: it errs towards masking.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

inline constexpr std::string_view kRedacted = "[redacted]";

/// True for a key whose value is a credential: "hf_token", "apiKey", "WANDB_API_KEY", "password".
/// False for the tokens of text ("max_tokens", "tokenizer", "pad_token", "token_dim").
bool is_secret_key(std::string_view key);

/// True where `key` may name a credential ("key", "s3_key") and `value` looks random enough to be
/// one.
bool is_secret_value(std::string_view key, std::string_view value);

/// `text` with its credentials replaced by "[redacted]": well-known shapes (hf_..., ghp_...,
/// sk-...), user:password in URLs, "Bearer ...", and the value of `token=...` and its like. Linear
/// in its size.
std::string mask_secrets(std::string_view text);

}  // namespace tidemark
