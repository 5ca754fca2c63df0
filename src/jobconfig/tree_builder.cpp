#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

std::size_t node_count(const ConfigNode& node) {
  std::size_t count = 1;
  for (const auto& item : node.items) count += node_count(item);
  return count;
}

std::size_t text_size(const ConfigNode& node) {
  std::size_t size = node.text.size();
  for (const auto& key : node.keys) size += key.size();
  for (const auto& item : node.items) size += text_size(item);
  return size;
}

/// How many levels of lists and mappings `node` adds below where it is put.
std::size_t depth(const ConfigNode& node) {
  std::size_t deepest = 0;
  for (const auto& item : node.items) deepest = std::max(deepest, depth(item));
  return node.kind == NodeKind::scalar ? 0 : deepest + 1;
}

/// Of a key that stands twice the last one counts, as in Python's loaders.
void drop_overwritten(ConfigNode& mapping) {
  std::unordered_map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < mapping.keys.size(); ++i) last[mapping.keys[i]] = i;
  if (last.size() == mapping.keys.size()) return;
  std::vector<std::string> keys;
  std::vector<ConfigNode> items;
  std::vector<bool> kept(mapping.keys.size());
  for (const auto& [key, index] : last) kept[index] = true;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    keys.push_back(std::move(mapping.keys[i]));
    items.push_back(std::move(mapping.items[i]));
  }
  mapping.keys = std::move(keys);
  mapping.items = std::move(items);
}

/// Puts the merged mappings' keys before those written here, which win by standing last; of several
/// merged mappings the first wins.
void apply_merges(ConfigNode& mapping) {
  if (mapping.find("<<") == nullptr) return;
  ConfigNode own;
  std::vector<ConfigNode> sources;
  for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
    ConfigNode& item = mapping.items[i];
    if (mapping.keys[i] != "<<" || item.kind == NodeKind::scalar) {
      own.keys.push_back(std::move(mapping.keys[i]));
      own.items.push_back(std::move(item));
    } else if (item.kind == NodeKind::mapping) {
      sources.push_back(std::move(item));
    } else {
      std::ranges::move(item.items, std::back_inserter(sources));
    }
  }
  mapping.keys.clear();
  mapping.items.clear();
  std::ranges::reverse(sources);
  sources.push_back(std::move(own));
  for (auto& source : sources) {
    if (source.keys.empty()) continue;  // a scalar or a list cannot be merged
    std::ranges::move(source.keys, std::back_inserter(mapping.keys));
    std::ranges::move(source.items, std::back_inserter(mapping.items));
  }
}

}  // namespace

const ConfigNode* ConfigNode::find(std::string_view key) const {
  const auto found = std::ranges::find(keys, key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

void TreeBuilder::fail_at(std::int32_t line, std::string what) {
  if (failed()) return;
  failure_ = std::move(what);
  failure_line_ = line;
  open_.clear();
}

bool TreeBuilder::spend(std::size_t nodes, std::size_t text_bytes, std::int32_t line) {
  if (failed()) return false;
  nodes_ += nodes;
  text_bytes_ += text_bytes;
  if (nodes_ > kMaxConfigNodes || text_bytes_ > kMaxConfigTextBytes)
    fail_at(line, "stands for too many values (aliases included); make the file smaller");
  return !failed();
}

void TreeBuilder::begin(NodeKind kind, std::int32_t line) {
  if (!spend(1, 0, line)) return;
  if (!open_.empty() && open_.back().expects_key)
    return fail_at(line, "a list or a mapping stands where a key is needed");
  if (open_.size() >= kMaxConfigDepth)
    return fail_at(line, "nested more than 100 levels deep; flatten it");
  open_.push_back({{}, kind == NodeKind::mapping});
  open_.back().node.kind = kind;
  open_.back().node.line = line;
}

void TreeBuilder::end() {
  if (open_.empty()) return;
  ConfigNode node = std::move(open_.back().node);
  open_.pop_back();
  if (node.kind == NodeKind::mapping) {
    if (merges_) apply_merges(node);
    drop_overwritten(node);
  }
  finish(std::move(node));
}

bool TreeBuilder::take_as_key(std::string_view text) {
  if (open_.empty() || !open_.back().expects_key) return false;
  open_.back().node.keys.emplace_back(text);
  open_.back().expects_key = false;
  return true;
}

void TreeBuilder::finish(ConfigNode node) {
  if (open_.empty()) {
    if (!has_root_) root_ = std::move(node);
    has_root_ = true;
    return;
  }
  Open& parent = open_.back();
  parent.node.items.push_back(std::move(node));
  parent.expects_key = parent.node.kind == NodeKind::mapping;
}

void TreeBuilder::scalar(ConfigValue value, std::string_view text, std::int32_t line) {
  if (!spend(1, text.size(), line) || take_as_key(text)) return;
  ConfigNode node;
  node.line = line;
  node.scalar = std::move(value);
  node.text = text;
  finish(std::move(node));
}

bool TreeBuilder::spend_copy(const ConfigNode& node) {
  return spend(node_count(node), text_size(node), node.line);
}

void TreeBuilder::copy(const ConfigNode& node, std::int32_t line) {
  if (!spend_copy(node)) return;
  if (node.kind == NodeKind::scalar && take_as_key(node.text)) return;
  if (!open_.empty() && open_.back().expects_key)
    return fail_at(line, "a list or a mapping stands where a key is needed");
  if (open_.size() + depth(node) > kMaxConfigDepth)
    return fail_at(line, "nested more than 100 levels deep; flatten it");
  finish(node);
}

const ConfigNode* TreeBuilder::last_finished() const {
  if (failed()) return nullptr;
  if (open_.empty()) return has_root_ ? &root_ : nullptr;
  const auto& items = open_.back().node.items;
  return items.empty() ? nullptr : &items.back();
}

}  // namespace tidemark
