#include <charconv>
#include <optional>

#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

/// Takes "[12]" off the front of `path`; absent where none or no number stands there.
std::optional<std::size_t> take_index(std::string_view& path) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
  if (error != std::errc{} || end == path.data() + path.size() || *end != ']') return std::nullopt;
  path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
  return index;
}

/// Takes the key off the front of `path`.
std::string_view take_key(std::string_view& path) {
  const std::string_view key = path.substr(0, path.find_first_of(".["));
  path.remove_prefix(key.size());
  return key;
}

const ConfigNode* item_at(const ConfigNode& node, std::size_t index) {
  return node.kind == NodeKind::list && index < node.items.size() ? &node.items[index] : nullptr;
}

}  // namespace

const ConfigNode* find_at_path(const ConfigNode& root, std::string_view path) {
  const ConfigNode* node = &root;
  bool key_expected = true;  // at the start and after a dot
  while (node != nullptr && !path.empty()) {
    if (path.front() == '[') {
      const auto index = take_index(path);
      if (!index) return nullptr;
      node = item_at(*node, *index);
      key_expected = false;
      continue;
    }
    if (!key_expected) {
      if (path.front() != '.') return nullptr;
      path.remove_prefix(1);
    }
    const std::string_view key = take_key(path);
    if (key.empty()) return nullptr;
    node = node->find(key);
    key_expected = false;
  }
  return node;
}

}  // namespace tidemark
