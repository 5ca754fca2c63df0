// yaml-cpp tells where each node begins; where a scalar ends is read from the text.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "jobconfig/placed_tree.h"

namespace tidemark {
namespace {

class PlaceEvents : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { scalar(mark, "", false); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { scalar(mark, "", true); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    scalar(mark, value, false);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    begin(NodeKind::list, mark, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    begin(NodeKind::mapping, mark, style);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

  PlacedNode take_root() { return std::move(root_); }

 private:
  struct Open {
    PlacedNode node{};
    bool expects_key = false;
  };
  static std::size_t place_of(const YAML::Mark& mark) {
    return mark.is_null() ? std::string_view::npos : static_cast<std::size_t>(mark.pos);
  }
  void begin(NodeKind kind, const YAML::Mark& mark, YAML::EmitterStyle::value style) {
    PlacedNode node{
        .kind = kind, .flow = style == YAML::EmitterStyle::Flow, .from = place_of(mark)};
    open_.push_back({std::move(node), kind == NodeKind::mapping});
  }
  void end() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    finish(std::move(node));
  }
  void scalar(const YAML::Mark& mark, const std::string& value, bool alias) {
    if (!open_.empty() && open_.back().expects_key) {
      auto& mapping = open_.back();
      mapping.node.keys.push_back(value);
      mapping.node.key_places.push_back(place_of(mark));
      mapping.expects_key = false;
      return;
    }
    finish({.shared = alias, .from = place_of(mark), .to = place_of(mark)});
  }
  void finish(PlacedNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    // A list or mapping as a key: its "key" has no name, so nothing is found by it.
    if (parent.expects_key) {
      parent.node.keys.emplace_back();
      parent.node.key_places.push_back(node.from);
      parent.expects_key = false;
      return;
    }
    parent.node.items.push_back(std::move(node));
    parent.expects_key = parent.node.kind == NodeKind::mapping;
  }

  std::vector<Open> open_{};
  PlacedNode root_{};
};

/// Past "&anchor" and "!tag" before a value.
std::size_t past_properties(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t", at), text.size());
  }
  return at;
}

std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\')
      ++at;
    else if (text[at] == quote && quote == '\'' && at + 1 < text.size() && text[at + 1] == '\'')
      ++at;
    else if (text[at] == quote)
      return at + 1;
  }
  return text.size();
}

// A plain scalar on one line: to the comment, to what ends a flow, or to the line's end.
std::size_t end_of_plain(std::string_view text, std::size_t from, bool in_flow) {
  auto end = from;
  while (end < text.size() && text[end] != '\n' && text[end] != '\r') {
    if (in_flow && (text[end] == ',' || text[end] == ']' || text[end] == '}')) break;
    if (text[end] == '#' && end > from && (text[end - 1] == ' ' || text[end - 1] == '\t')) break;
    ++end;
  }
  while (end > from && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
  return end;
}

void find_ends(PlacedNode& node, std::string_view text, bool in_flow) {
  if (node.kind == NodeKind::scalar) {
    if (node.from >= text.size()) return;
    node.from = past_properties(text, node.from);
    node.to = node.from < text.size() && (text[node.from] == '"' || text[node.from] == '\'')
                  ? end_of_quoted(text, node.from)
                  : end_of_plain(text, node.from, in_flow);
  }
  for (auto& item : node.items) find_ends(item, text, node.flow);
}

}  // namespace

Result<PlacedNode> place_yaml(std::string_view text) {
  PlaceEvents events;
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    parser.HandleNextDocument(events);
  } catch (const YAML::Exception& error) {
    return fail(Errc::malformed, error.msg);
  }
  auto root = events.take_root();
  find_ends(root, text, false);
  return root;
}

}  // namespace tidemark
