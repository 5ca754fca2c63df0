// nlohmann's JSON tells no positions of values; its reader has checked the text already, so finding
// where things stand is a walk over tokens.
#include "jobconfig/placed_tree.h"

namespace tidemark {
namespace {

class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  Result<PlacedNode> walk() {
    auto root = node(0);
    if (failed_) return fail(Errc::malformed, "the JSON text cannot be walked");
    return root;
  }

 private:
  void skip_blank() {
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest.starts_with("//"))
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (rest.starts_with("/*"))
        at_ = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
      else if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r')
        ++at_;
      else
        return;
    }
  }
  bool take(char wanted) {
    skip_blank();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_scalar() {
    if (text_[at_] != '"') {
      at_ = std::min(text_.find_first_of(",]} \t\r\n/", at_), text_.size());
      return;
    }
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }
  /// The key as the reader has it: `\` escapes in keys of settings are nobody's, so a key that has
  /// one is not found by its name, and that is all.
  std::string key() {
    skip_blank();
    const auto from = at_;
    if (at_ >= text_.size() || text_[at_] != '"') {
      failed_ = true;
      return {};
    }
    skip_scalar();
    return std::string{text_.substr(from + 1, at_ - from - 2)};
  }
  void members(PlacedNode& mapping, std::size_t depth) {
    while (!failed_ && !take('}')) {
      skip_blank();
      mapping.key_places.push_back(at_);
      mapping.keys.push_back(key());
      if (!take(':')) failed_ = true;
      mapping.items.push_back(node(depth + 1));
      (void)take(',');
    }
  }
  PlacedNode node(std::size_t depth) {
    skip_blank();
    PlacedNode placed{.flow = true, .from = at_};
    if (at_ >= text_.size() || depth > kMaxConfigDepth) {
      failed_ = true;
    } else if (take('{')) {
      placed.kind = NodeKind::mapping;
      members(placed, depth);
    } else if (take('[')) {
      placed.kind = NodeKind::list;
      while (!failed_ && !take(']')) {
        placed.items.push_back(node(depth + 1));
        (void)take(',');
      }
    } else {
      skip_scalar();
      failed_ = failed_ || at_ == placed.from;
    }
    placed.to = at_;
    return placed;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<PlacedNode> place_json(std::string_view text) {
  return Walker{text}.walk();
}

}  // namespace tidemark
