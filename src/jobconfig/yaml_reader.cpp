// The only file that includes yaml-cpp. Its event interface is used, not YAML::Load: the tree is
// ours, so depth, size and aliases are bounded while it grows.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>

#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

std::int32_t line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : mark.line + 1;
}

class YamlEvents : public YAML::EventHandler {
 public:
  explicit YamlEvents(TreeBuilder& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    take_scalar({}, "", mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // yaml-cpp's tag is "?" for an unquoted scalar without a tag of its own, "!" for a quoted one.
    const bool plain = tag == "?" || tag.empty();
    take_scalar(plain ? plain_scalar_value(value) : ConfigValue{value}, value, mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    tree_.begin_list(line_of(mark));
    open_anchors_.push_back(anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    tree_.begin_mapping(line_of(mark));
    open_anchors_.push_back(anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    // An alias to a node that is still open would be a loop.
    if (found == anchored_.end())
      return tree_.fail_at(line_of(mark), "an alias to itself or to nothing");
    tree_.copy(found->second, line_of(mark));
  }

 private:
  void take_scalar(ConfigValue value, const std::string& text, const YAML::Mark& mark,
                   YAML::anchor_t anchor) {
    if (anchor != 0) {
      ConfigNode node;
      node.line = line_of(mark);
      node.scalar = value;
      node.text = text;
      keep(anchor, std::move(node));
    }
    tree_.scalar(std::move(value), text, line_of(mark));
  }
  void end() {
    tree_.end();
    if (open_anchors_.empty()) return;
    const YAML::anchor_t anchor = open_anchors_.back();
    open_anchors_.pop_back();
    const ConfigNode* node = anchor != 0 ? tree_.last_finished() : nullptr;
    if (node != nullptr && tree_.spend_copy(*node)) anchored_[anchor] = *node;
  }
  void keep(YAML::anchor_t anchor, ConfigNode node) {
    if (tree_.spend_copy(node)) anchored_[anchor] = std::move(node);
  }

  TreeBuilder& tree_;
  std::vector<YAML::anchor_t> open_anchors_{};
  std::unordered_map<YAML::anchor_t, ConfigNode> anchored_{};
};

Error yaml_error(std::int32_t line, const std::string& what) {
  const std::string place = line > 0 ? "line " + std::to_string(line) + ": " : "";
  return Error{Errc::malformed, place + what};
}

}  // namespace

Result<ConfigNode> parse_yaml_tree(std::string_view text) {
  TreeBuilder tree{true};
  YamlEvents events{tree};
  try {
    std::istringstream stream{std::string{text}};  // libc++ has no <spanstream>
    YAML::Parser parser{stream};
    parser.HandleNextDocument(events);
  } catch (const YAML::Exception& error) {
    if (!tree.failed()) return std::unexpected(yaml_error(line_of(error.mark), error.msg));
  }
  if (tree.failed()) return std::unexpected(yaml_error(tree.failure_line(), tree.failure()));
  return tree.take_root();
}

}  // namespace tidemark
