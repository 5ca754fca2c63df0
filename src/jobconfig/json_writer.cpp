#include <nlohmann/json.hpp>

#include "core/secrets.h"
#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

/// Flags and absent values give nothing away, and `use_auth_token: true` is worth knowing.
bool can_hold_secret(const ConfigValue& value) {
  return !std::holds_alternative<std::monostate>(value) && !std::holds_alternative<bool>(value);
}

Json scalar_json(const ConfigNode& node, std::string_view key, bool secret) {
  if (secret && can_hold_secret(node.scalar)) return std::string{kRedacted};
  if (is_secret_value(key, node.text)) return std::string{kRedacted};
  if (const auto* text = std::get_if<std::string>(&node.scalar)) return mask_secrets(*text);
  if (const auto* flag = std::get_if<bool>(&node.scalar)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&node.scalar)) return *integer;
  if (const auto* number = std::get_if<double>(&node.scalar))
    return *number;  // NaN and infinity: null
  return nullptr;
}

/// `secret`: a key above named a credential, so everything below it is one.
Json tree_json(const ConfigNode& node, std::string_view key, bool secret) {
  if (node.kind == NodeKind::scalar) return scalar_json(node, key, secret);
  if (node.kind == NodeKind::list) {
    Json list = Json::array();
    for (const auto& item : node.items) list.push_back(tree_json(item, key, secret));
    return list;
  }
  Json::object_t mapping;
  mapping.reserve(node.keys.size());
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    // Keys are unique already; ordered_json's own insertion would compare each with all before it.
    static_cast<std::vector<Json::object_t::value_type>&>(mapping).emplace_back(
        mask_secrets(node.keys[i]),
        tree_json(node.items[i], node.keys[i], secret || is_secret_key(node.keys[i])));
  }
  return Json(std::move(mapping));
}

}  // namespace

std::string redacted_json_of(const ConfigNode& root) {
  // Invalid UTF-8 becomes U+FFFD.
  return tree_json(root, {}, false).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tidemark
