#include "core/secrets.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/text.h"

namespace tidemark {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alnum(char c) {
  return is_upper(c) || is_lower(c) || is_digit(c);
}
char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Table>
bool contains(const Table& table, std::string_view word) {
  return std::ranges::find(table, word) != table.end();
}

// Longer keys than this are prose; only their end is looked at.
constexpr std::size_t kMaxKeyBytes = 128;

/// "WANDB_API_KEY", "apiKey", "HFToken" -> their words in lower case.
std::vector<std::string> words_of(std::string_view key) {
  if (key.size() > kMaxKeyBytes) key.remove_prefix(key.size() - kMaxKeyBytes);
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    const bool after_lower = i > 0 && (is_lower(key[i - 1]) || is_digit(key[i - 1]));
    const bool starts_word =
        i > 0 && is_upper(key[i - 1]) && i + 1 < key.size() && is_lower(key[i + 1]);
    const bool boundary = !is_alnum(c) || (is_upper(c) && (after_lower || starts_word));
    if (boundary && !word.empty()) words.push_back(std::exchange(word, {}));
    if (is_alnum(c)) word += to_lower(c);
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

constexpr std::array<std::string_view, 16> kSecretWords{
    "password", "passwords",  "passwd",    "passphrase",    "pwd",    "secret",
    "secrets",  "credential", "apikey",    "authorization", "bearer", "credentials",
    "apikeys",  "accesskey",  "secretkey", "privatekey"};
// A key of this kind is a credential ("api_key"); others name a column or a file ("image_key").
constexpr std::array<std::string_view, 18> kBeforeKey{
    "api",        "access",  "private", "ssh",       "wandb",   "hf",
    "openai",     "auth",    "license", "master",    "signing", "account",
    "encryption", "service", "client",  "replicate", "civitai", "deploy"};
// A token of this kind is a piece of text, not a credential.
constexpr std::array<std::string_view, 32> kBeforeTextToken{
    "pad",     "eos",         "bos",         "unk",      "mask",  "cls",      "sep",
    "trigger", "placeholder", "initializer", "image",    "class", "start",    "end",
    "stop",    "next",        "special",     "instance", "per",   "video",    "audio",
    "text",    "prompt",      "new",         "max",      "num",   "register", "concept",
    "learned", "additional",  "use",         "vision"};

bool ends_in_secret_token(const std::vector<std::string>& words) {
  if (words.back() != "token" && words.back() != "auth") return false;
  return words.size() == 1 || !contains(kBeforeTextToken, words[words.size() - 2]);
}

struct TokenShape {
  std::string_view prefix;
  std::size_t min_tail;          // shorter ones are words that happen to begin so
  std::string_view punctuation;  // allowed in the tail beside letters and digits
  bool needs_digit;
};

// Prefixes that the issuers document for secret scanning.
constexpr std::array kTokenShapes{
    TokenShape{"hf_", 16, "", false},         TokenShape{"github_pat_", 20, "_", false},
    TokenShape{"ghp_", 20, "", false},        TokenShape{"gho_", 20, "", false},
    TokenShape{"ghu_", 20, "", false},        TokenShape{"ghs_", 20, "", false},
    TokenShape{"ghr_", 20, "", false},        TokenShape{"glpat-", 16, "_-", false},
    TokenShape{"sk-", 20, "_-", true},        TokenShape{"xoxb-", 16, "-", true},
    TokenShape{"xoxp-", 16, "-", true},       TokenShape{"AKIA", 16, "", true},
    TokenShape{"AIza", 30, "_-", false},      TokenShape{"eyJ", 40, "_-.", true},
    TokenShape{"r8_", 30, "", false},         TokenShape{"npm_", 30, "", false},
    TokenShape{"wandb_v1_", 16, "_-", false},
};

std::size_t run_length(std::string_view text, std::string_view punctuation) {
  std::size_t length = 0;
  while (length < text.size() && (is_alnum(text[length]) || punctuation.contains(text[length])))
    ++length;
  return length;
}

/// Length of the token that `text` begins with; 0 where it begins with none.
std::size_t token_length(std::string_view text) {
  for (const auto& shape : kTokenShapes) {
    if (!text.starts_with(shape.prefix)) continue;
    const std::string_view rest = text.substr(shape.prefix.size());
    const std::size_t tail = run_length(rest, shape.punctuation);
    if (tail < shape.min_tail) continue;
    if (shape.needs_digit && std::ranges::none_of(rest.substr(0, tail), is_digit)) continue;
    return shape.prefix.size() + tail;
  }
  return 0;
}

/// Length of "user:password" after "://"; 0 where the URL has no such part.
std::size_t userinfo_length(std::string_view after_scheme) {
  constexpr std::size_t kLongest = 512;
  const std::string_view authority =
      after_scheme.substr(0, std::min(kLongest, after_scheme.find_first_of("/?# \t\n\r\"'<>")));
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return 0;
  constexpr std::size_t kTokenAlone = 16;  // https://TOKEN@host
  return authority.substr(0, at).contains(':') || at >= kTokenAlone ? at : 0;
}

bool is_key_character(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/// The word that `text` ends with, passing over one closing quote.
std::string_view last_key(std::string_view text) {
  if (!text.empty() && (text.back() == '"' || text.back() == '\'')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && text.size() - begin < kMaxKeyBytes && is_key_character(text[begin - 1]))
    --begin;
  return text.substr(begin);
}

struct Span {
  std::size_t begin = 0, length = 0;
};

/// The value after `token=` or `"token": `, relative to `rest`, which follows the separator.
Span value_after(std::string_view rest, char separator) {
  Span value{};
  while (value.begin < rest.size() && rest[value.begin] == ' ' && value.begin < 4) ++value.begin;
  if (value.begin < rest.size() && (rest[value.begin] == '"' || rest[value.begin] == '\''))
    ++value.begin;
  const std::string_view text = rest.substr(value.begin);
  value.length = std::min(text.find_first_of(" \t\r\n\"',;&)]}"), text.size());
  const std::string_view found = text.substr(0, value.length);
  // "Unexpected token: else" is prose; "token: a1b2c3d4" is not.
  const bool prose =
      separator == ':' && (value.length < 8 || std::ranges::none_of(found, is_digit));
  return prose || found == kRedacted.substr(0, kRedacted.size() - 1) ? Span{} : value;
}

bool looks_random(std::string_view value) {
  constexpr std::size_t kShortest = 20;
  return value.size() >= kShortest && run_length(value, "+/=_-") == value.size() &&
         std::ranges::any_of(value, is_digit) &&
         std::ranges::any_of(value, [](char c) { return is_upper(c) || is_lower(c); });
}

/// The secret that begins at or shortly after `at`; length 0 where there is none.
Span secret_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const bool word_start = at == 0 || !is_alnum(text[at - 1]);
  if (word_start) {
    if (const std::size_t length = token_length(rest); length > 0) return {at, length};
    constexpr std::string_view kBearer = "Bearer ";
    if (rest.starts_with(kBearer)) {
      const std::size_t length = run_length(rest.substr(kBearer.size()), "_-.~+/=");
      if (length >= 12) return {at + kBearer.size(), length};
    }
  }
  if (rest.starts_with("://")) return {at + 3, userinfo_length(rest.substr(3))};
  if ((rest[0] == '=' || rest[0] == ':') && is_secret_key(last_key(text.substr(0, at)))) {
    const Span value = value_after(rest.substr(1), rest[0]);
    return {at + 1 + value.begin, value.length};
  }
  return {};
}

/// Only these can begin what `secret_at` finds: a cheap look that most characters fail.
bool may_begin_secret(char c) {
  return std::string_view{"hgsxAernwB:="}.contains(c);
}

}  // namespace

bool is_secret_key(std::string_view key) {
  const auto words = words_of(key);
  if (words.empty()) return false;
  if (std::ranges::any_of(words, [](const auto& word) { return contains(kSecretWords, word); }))
    return true;
  if (ends_in_secret_token(words)) return true;
  return words.size() > 1 && (words.back() == "key" || words.back() == "keys") &&
         contains(kBeforeKey, words[words.size() - 2]);
}

bool is_secret_value(std::string_view key, std::string_view value) {
  const auto words = words_of(key);
  return !words.empty() && words.back().ends_with("key") && looks_random(value);
}

std::string mask_secrets(std::string_view text) {
  std::string masked;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!may_begin_secret(text[at])) continue;
    const Span secret = secret_at(text, at);
    if (secret.length == 0) continue;
    masked += text.substr(copied, secret.begin - copied);
    masked += kRedacted;
    copied = secret.begin + secret.length;
    at = copied - 1;
  }
  masked += text.substr(copied);
  return masked;
}

}  // namespace tidemark
