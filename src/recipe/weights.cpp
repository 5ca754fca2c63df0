// Bytes of a number, by the words that ai-toolkit's configs use for it.
#include <array>
#include <charconv>
#include <utility>

#include "recipe/recipe.h"

namespace tidemark {
namespace {

struct StateBytes {
  std::string_view optimizer{};
  Range bytes{};
};

// Two fp32 moments are 8 bytes; in 8 bits 2 and the blocks' scales (bitsandbytes: one fp32 for each
// 256 or 2048 numbers); Prodigy keeps two more copies; Lion one moment; Adafactor row and column
// means (torch.optim, bitsandbytes and prodigyopt sources).
constexpr std::array kStates{
    StateBytes{"adam", {8, 8, 8}},
    StateBytes{"adamw", {8, 8, 8}},
    StateBytes{"adam8", {2, 2.03, 2.2}},
    StateBytes{"adamw8", {2, 2.03, 2.2}},
    StateBytes{"adam8bit", {2, 2.03, 2.2}},
    StateBytes{"adamw8bit", {2, 2.03, 2.2}},
    StateBytes{"ademamix8bit", {3, 3.1, 4}},
    StateBytes{"lion", {4, 4, 4}},
    StateBytes{"lion8bit", {1, 1.02, 1.2}},
    StateBytes{"adagrad", {4, 4, 4}},
    StateBytes{"prodigy", {12, 16, 16}},
    StateBytes{"prodigyopt", {12, 16, 16}},
    StateBytes{"prodigy8bit", {6, 10, 12}},
    StateBytes{"dadaptation", {12, 12, 16}},
    StateBytes{"adafactor", {0, 0.05, 0.2}},
    StateBytes{"automagic", {0.5, 1.5, 3}},
    StateBytes{"automagic2", {0.5, 1.5, 3}},
    StateBytes{"automagic3", {0.5, 1.5, 3}},
    StateBytes{"sgd", {0, 0, 4}},
};

constexpr std::array<std::pair<std::string_view, double>, 14> kDtypes{{
    {"fp32", 4},
    {"float32", 4},
    {"float", 4},
    {"tf32", 4},
    {"fp16", 2},
    {"float16", 2},
    {"half", 2},
    {"bf16", 2},
    {"bfloat16", 2},
    {"float8", 1},
    {"float8_e4m3fn", 1},
    {"int8", 1},
    {"uint8", 1},
    {"float64", 8},
}};

constexpr std::array<std::pair<std::string_view, Range>, 11> kQuantized{{
    {"qfloat8", {1.0, 1.02, 1.1}},
    {"float8", {1.0, 1.02, 1.1}},
    {"qint8", {1.0, 1.02, 1.1}},
    {"int8", {1.0, 1.02, 1.1}},
    {"convrot8", {1.0, 1.02, 1.1}},
    {"qint4", {0.5, 0.56, 0.65}},
    {"convrot4", {0.5, 0.56, 0.65}},
    {"nvfp4", {0.5, 0.56, 0.65}},
    {"qint2", {0.25, 0.31, 0.4}},
    {"orbit4", {0.5, 0.56, 0.65}},
    {"orbit3", {0.38, 0.44, 0.55}},
}};

// uint2 ... uint7: that many bits and the scales of groups of 64. uint8 leaves layers as they are
// (toolkit/util/uintx_quant.py).
std::optional<Range> unsigned_bits(std::string_view qtype) {
  if (!qtype.starts_with("uint")) return std::nullopt;
  int bits = 0;
  const auto digits = qtype.substr(4);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits < 2 || bits > 7)
    return std::nullopt;
  return Range{bits / 8.0, bits / 8.0 + 0.05, bits / 8.0 + 0.1};
}

}  // namespace

std::optional<Range> state_bytes_per_parameter(std::string_view optimizer) {
  for (const auto& known : kStates)
    if (known.optimizer == optimizer) return known.bytes;
  return std::nullopt;
}

std::optional<double> bytes_per_weight(std::string_view dtype) {
  for (const auto& [name, bytes] : kDtypes)
    if (name == dtype) return bytes;
  return std::nullopt;
}

std::optional<Range> quantized_bytes_per_weight(std::string_view qtype) {
  qtype = qtype.substr(0, qtype.find('|'));
  for (const auto& [name, bytes] : kQuantized)
    if (name == qtype) return bytes;
  return unsigned_bits(qtype);
}

std::optional<Range> base_bytes_per_weight(const Recipe& recipe) {
  if (recipe.model.quantize.value) return quantized_bytes_per_weight(recipe.model.qtype.value);
  const auto bytes = bytes_per_weight(recipe.train.dtype.value);
  return bytes ? std::optional{Range::exactly(*bytes)} : std::nullopt;
}

}  // namespace tidemark
