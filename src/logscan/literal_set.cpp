#include "logscan/literal_set.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>

#include "core/check.h"

namespace tidemark {

/// The automaton while it is built: one node a key's prefix.
struct LiteralSet::Trie {
  struct Node {
    std::map<std::uint8_t, std::uint32_t> children{};
    std::uint32_t fallback = 0;
    std::vector<Key> keys{};
  };
  std::vector<Node> nodes{1};

  void add(std::string_view key, Key what, const std::array<std::uint8_t, 256>& class_of) {
    std::uint32_t at = 0;
    for (const char c : key) {
      const std::uint8_t byte_class = class_of[static_cast<unsigned char>(c)];
      const auto [child, added] =
          nodes[at].children.try_emplace(byte_class, static_cast<std::uint32_t>(nodes.size()));
      const std::uint32_t to = child->second;
      if (added) nodes.emplace_back();
      at = to;
    }
    nodes[at].keys.push_back(what);
  }

  std::uint32_t step(std::uint32_t from, std::uint8_t byte_class) const {
    while (true) {
      const auto child = nodes[from].children.find(byte_class);
      if (child != nodes[from].children.end()) return child->second;
      if (from == 0) return 0;
      from = nodes[from].fallback;
    }
  }

  /// Breadth first: a node's fallback is nearer to the root and has its own already.
  void link() {
    std::deque<std::uint32_t> waiting{0};
    for (; !waiting.empty(); waiting.pop_front()) {
      const std::uint32_t at = waiting.front();
      for (const auto& [byte_class, child] : nodes[at].children) {
        nodes[child].fallback = at == 0 ? 0 : step(nodes[at].fallback, byte_class);
        const auto& inherited = nodes[nodes[child].fallback].keys;
        nodes[child].keys.insert(nodes[child].keys.end(), inherited.begin(), inherited.end());
        waiting.push_back(child);
      }
    }
  }
};

namespace {

/// Classes for the bytes that the keys use, the rarest sharing the last one (they are compared in
/// place anyway); 0 is every other byte.
std::array<std::uint8_t, 256> classes_of(std::span<const std::string_view> keys,
                                         std::uint32_t most) {
  std::array<std::uint32_t, 256> uses{};
  for (const auto key : keys)
    for (const char c : key) ++uses[static_cast<unsigned char>(c)];
  std::vector<std::uint32_t> bytes;
  for (std::uint32_t byte = 0; byte < uses.size(); ++byte)
    if (uses[byte] > 0) bytes.push_back(byte);
  std::ranges::stable_sort(bytes, [&](auto a, auto b) { return uses[a] > uses[b]; });
  std::array<std::uint8_t, 256> classes{};
  std::uint32_t next = 1;
  for (const auto byte : bytes)
    classes[byte] = static_cast<std::uint8_t>(std::min(next++, most - 1));
  return classes;
}

}  // namespace

LiteralSet::LiteralSet(std::span<const std::string_view> words)
    : words_(words.begin(), words.end()) {
  std::vector<std::string_view> keys;
  for (const auto word : words_) keys.push_back(word.substr(0, kKeyBytes));
  class_of_ = classes_of(keys, kClasses);
  Trie trie;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    check(!keys[i].empty(), "an empty word occurs everywhere");
    trie.add(keys[i], {i, static_cast<std::uint8_t>(keys[i].size())}, class_of_);
  }
  trie.link();
  renumber(trie);
}

/// States that end a key come last, so that one comparison tells them.
void LiteralSet::renumber(const Trie& trie) {
  check(trie.nodes.size() <= std::numeric_limits<std::uint16_t>::max(), "states fit 16 bits");
  const auto size = static_cast<std::uint32_t>(trie.nodes.size());
  std::vector<std::uint32_t> order(size), number(size);
  for (std::uint32_t i = 0; i < size; ++i) order[i] = i;
  const auto plain =
      std::ranges::stable_partition(order, [&](auto i) { return trie.nodes[i].keys.empty(); });
  first_ending_ = static_cast<std::uint32_t>(plain.begin() - order.begin());
  for (std::uint32_t i = 0; i < size; ++i) number[order[i]] = i;
  next_.resize(std::size_t{size} << kClassBits);
  for (std::uint32_t i = 0; i < size; ++i) {
    for (std::uint32_t c = 0; c < kClasses; ++c)
      next_[(i << kClassBits) | c] =
          static_cast<std::uint16_t>(number[trie.step(order[i], static_cast<std::uint8_t>(c))]);
    if (i < first_ending_) continue;
    key_begin_.push_back(static_cast<std::uint32_t>(keys_.size()));
    const auto& ended = trie.nodes[order[i]].keys;
    keys_.insert(keys_.end(), ended.begin(), ended.end());
  }
  key_begin_.push_back(static_cast<std::uint32_t>(keys_.size()));
}

}  // namespace tidemark
