#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "jobconfig/placed_tree.h"

namespace tidemark {
namespace {

/// One replacement in the text.
struct Patch {
  std::size_t from = 0, to = 0;
  std::string text{};
};

/// "a.b[2].c" as {"a", "b", "[2]", "c"}.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    const bool index = path.starts_with('[');
    const auto end = index ? path.find(']') : path.find_first_of(".[");
    const auto size = end == std::string_view::npos ? path.size() : end + (index ? 1 : 0);
    parts.emplace_back(path.substr(0, size));
    path.remove_prefix(size);
    if (size == 0) break;
  }
  return parts;
}

const PlacedNode* child_of(const PlacedNode& node, const std::string& part) {
  if (part.starts_with('[')) {
    const auto index = static_cast<std::size_t>(std::strtoul(part.c_str() + 1, nullptr, 10));
    return node.kind == NodeKind::list && index < node.items.size() ? &node.items[index] : nullptr;
  }
  if (node.kind != NodeKind::mapping) return nullptr;
  for (std::size_t i = std::min(node.keys.size(), node.items.size()); i-- > 0;)
    if (node.keys[i] == part) return &node.items[i];
  return nullptr;
}

std::string json_text(const ConfigValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
          return "null";
        else
          return nlohmann::json(held).dump(-1, ' ', false,
                                           nlohmann::json::error_handler_t::replace);
      },
      value);
}

// A word that YAML reads as the same text stands without quotes, as people write it.
std::string yaml_text(const ConfigValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return json_text(value);
  const bool plain = !text->empty() &&
                     std::ranges::all_of(*text,
                                         [](char c) {
                                           return (c >= 'a' && c <= 'z') ||
                                                  (c >= 'A' && c <= 'Z') ||
                                                  (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                                                  c == '/' || c == '-' || c == '|';
                                         }) &&
                     ((text->front() >= 'a' && text->front() <= 'z') ||
                      (text->front() >= 'A' && text->front() <= 'Z'));
  if (plain && plain_scalar_value(*text) == value) return *text;
  return json_text(value);
}

std::size_t column_of(std::string_view text, std::size_t at) {
  const auto line = text.rfind('\n', at == 0 ? 0 : at - 1);
  if (at == 0 || line == std::string_view::npos) return at;
  return at - line - 1;
}

class Editor {
 public:
  Editor(std::string_view text, bool json) : text_(text), json_(json) {}

  Result<Patch> patch(const PlacedNode& root, const ConfigEdit& edit) const {
    const auto parts = parts_of(edit.path);
    const PlacedNode* node = &root;
    std::size_t depth = 0;
    for (; depth < parts.size(); ++depth) {
      if (node->shared) return by_hand(edit, "it is an alias of another place");
      const auto* next = child_of(*node, parts[depth]);
      if (next == nullptr) break;
      node = next;
    }
    if (depth == parts.size()) return replace(*node, edit);
    return insert(*node, {parts.begin() + static_cast<std::ptrdiff_t>(depth), parts.end()}, edit);
  }

 private:
  std::string value_text(const ConfigValue& value) const {
    return json_ ? json_text(value) : yaml_text(value);
  }
  static std::unexpected<Error> by_hand(const ConfigEdit& edit, const std::string& why) {
    return fail(
        Errc::invalid,
        fmt::format("{} cannot be changed in the file: {}; change it by hand", edit.path, why));
  }
  Result<Patch> replace(const PlacedNode& node, const ConfigEdit& edit) const {
    if (node.kind != NodeKind::scalar) {
      // `resolution: [512, 768]` on one line becomes one number.
      const auto end = node.flow && node.kind == NodeKind::list && node.from < text_.size()
                           ? text_.find(']', node.from)
                           : std::string_view::npos;
      if (end == std::string_view::npos) return by_hand(edit, "a list or a mapping stands there");
      return Patch{node.from, end + 1, value_text(edit.value)};
    }
    if (node.from >= text_.size()) return by_hand(edit, "nothing is written there");
    const char first = text_[node.from];
    if (first == '|' || first == '>') return by_hand(edit, "it is a block of text");
    auto text = value_text(edit.value);
    if (node.to == node.from)
      text = (node.from > 0 && text_[node.from - 1] == ':' ? " " : "") + text;
    return Patch{node.from, node.to, std::move(text)};
  }
  /// A key that is not there comes before the first one of its mapping.
  Result<Patch> insert(const PlacedNode& parent, const std::vector<std::string>& missing,
                       const ConfigEdit& edit) const {
    const bool index =
        std::ranges::any_of(missing, [](const auto& part) { return part.starts_with('['); });
    if (index || parent.kind != NodeKind::mapping || parent.from >= text_.size())
      return by_hand(edit, "what it belongs to is not there");
    if (json_ || parent.flow) return insert_in_flow(parent, missing, edit);
    if (parent.key_places.empty()) return by_hand(edit, "its mapping is empty");
    const auto at = parent.key_places.front();
    const auto column = column_of(text_, at);
    std::string text;
    for (std::size_t i = 0; i < missing.size(); ++i) {
      const bool last = i + 1 == missing.size();
      text += std::string(i == 0 ? 0 : column + 2 * i, ' ') + missing[i] + ":" +
              (last ? " " + value_text(edit.value) : "") + "\n";
    }
    return Patch{at, at, text + std::string(column, ' ')};
  }
  Result<Patch> insert_in_flow(const PlacedNode& parent, const std::vector<std::string>& missing,
                               const ConfigEdit& edit) const {
    std::string text = value_text(edit.value);
    for (std::size_t i = missing.size(); i-- > 0;) {
      const auto name = json_ ? json_text(ConfigValue{missing[i]}) : missing[i];
      text = name + ": " + text;
      if (i > 0) text = "{" + text + "}";
    }
    if (parent.key_places.empty()) return Patch{parent.from + 1, parent.from + 1, text};
    const auto at = parent.key_places.front();
    // JSON that is written a key a line stays so.
    const auto gap = text_.substr(parent.from + 1, at - parent.from - 1);
    const bool lines = gap.find('\n') != std::string_view::npos &&
                       gap.find_first_not_of(" \t\r\n") == std::string_view::npos;
    return Patch{at, at, text + "," + (lines ? std::string{gap} : std::string{" "})};
  }

  std::string_view text_;
  bool json_;
};

/// True when the two differ in nothing but `path` and what is under it.
bool same_elsewhere(const ConfigNode& was, const ConfigNode& now, const std::string& here,
                    const std::vector<ConfigEdit>& edits) {
  if (std::ranges::any_of(edits, [&](const ConfigEdit& edit) { return edit.path == here; }))
    return true;
  if (was.kind != now.kind) return false;
  if (was.kind == NodeKind::scalar) return was.text == now.text && was.scalar == now.scalar;
  if (was.kind == NodeKind::list && was.items.size() != now.items.size()) return false;
  const auto path_of = [&](std::size_t i, const ConfigNode& node) {
    if (node.kind == NodeKind::list) return fmt::format("{}[{}]", here, i);
    return here.empty() ? node.keys[i] : here + "." + node.keys[i];
  };
  std::size_t matched = 0;
  for (std::size_t i = 0; i < now.items.size(); ++i) {
    const auto path = path_of(i, now);
    const ConfigNode* before = now.kind == NodeKind::list ? &was.items[i] : was.find(now.keys[i]);
    if (before == nullptr) {  // came with an edit
      if (std::ranges::none_of(edits,
                               [&](const auto& edit) { return edit.path.starts_with(path); }))
        return false;
      continue;
    }
    ++matched;
    if (!same_elsewhere(*before, now.items[i], path, edits)) return false;
  }
  return matched == was.items.size();
}

bool looks_like_json(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos &&
         (text[start] == '{' || text[start] == '[' || text.substr(start).starts_with("//") ||
          text.substr(start).starts_with("/*"));
}

}  // namespace

Result<std::string> edit_config(std::string_view text, const std::vector<ConfigEdit>& edits) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::string_view mark = text.starts_with(kByteOrderMark) ? kByteOrderMark : "";
  std::string edited{text.substr(mark.size())};
  const bool json = looks_like_json(edited) && parse_json_tree(edited).has_value();
  const auto parse = json ? parse_json_tree : parse_yaml_tree;
  const auto place = json ? place_json : place_yaml;
  const auto was = parse(edited);
  if (!was) return std::unexpected(was.error());
  // One after the other: each finds the places that the one before it has moved.
  for (const auto& edit : edits) {
    const auto root = place(edited);
    if (!root) return std::unexpected(root.error());
    const auto patch = Editor{edited, json}.patch(*root, edit);
    if (!patch) return std::unexpected(patch.error());
    edited.replace(patch->from, patch->to - patch->from, patch->text);
  }
  const auto now = parse(edited);
  bool right = now.has_value() && same_elsewhere(*was, *now, "", edits);
  for (const auto& edit : edits) {
    const auto* node = right ? find_at_path(*now, edit.path) : nullptr;
    right = node != nullptr && node->kind == NodeKind::scalar && node->scalar == edit.value;
  }
  if (!right)
    return fail(Errc::invalid,
                "the config is written in a way that cannot be edited safely; change it by hand");
  return std::string{mark} + edited;
}

ConfigValue value_of_words(std::string_view text) {
  return plain_scalar_value(text);
}

}  // namespace tidemark
