// The one tree that YAML and JSON are read into, and the bounds that hostile files meet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "jobconfig/jobconfig.h"

namespace tidemark {

enum class NodeKind : std::uint8_t { scalar, list, mapping };

struct ConfigNode {
  NodeKind kind = NodeKind::scalar;
  std::int32_t line = 0;            // where it begins, from 1; 0: unknown
  ConfigValue scalar{};             // scalar only
  std::string text{};               // scalar only: as it was written, without quotes
  std::vector<ConfigNode> items{};  // list: its items; mapping: the values of `keys`
  std::vector<std::string> keys{};  // mapping only, in the file's order, each once

  const ConfigNode* find(std::string_view key) const;
};

inline constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxConfigDepth = 100;
// With aliases a few hundred bytes of YAML can stand for any number of nodes; a real config has
// hundreds.
inline constexpr std::size_t kMaxConfigNodes = 500'000;
inline constexpr std::size_t kMaxConfigTextBytes = std::size_t{64} << 20;

/// Builds a tree from a parser's events. Bounds are checked here; after the first failure further
/// events change nothing, so a parser that cannot be stopped may run on.
class TreeBuilder {
 public:
  /// `merges`: the key "<<" takes in the keys of the mappings that it names
  /// (https://yaml.org/type/merge.html).
  explicit TreeBuilder(bool merges) : merges_(merges) {}

  void begin_list(std::int32_t line) { begin(NodeKind::list, line); }
  void begin_mapping(std::int32_t line) { begin(NodeKind::mapping, line); }
  /// Ends the innermost list or mapping.
  void end();
  void scalar(ConfigValue value, std::string_view text, std::int32_t line);
  /// A copy of a finished node (a YAML alias).
  void copy(const ConfigNode& node, std::int32_t line);
  /// Counts a copy that the caller keeps against the bounds; false when it may not be made.
  bool spend_copy(const ConfigNode& node);

  /// The node that was finished last, until the next event; null after a failure.
  const ConfigNode* last_finished() const;
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }  // without the place
  std::int32_t failure_line() const { return failure_line_; }
  void fail_at(std::int32_t line, std::string what);
  /// The finished tree; null where there was no event at all.
  ConfigNode take_root() { return std::move(root_); }

 private:
  struct Open {
    ConfigNode node{};
    bool expects_key = false;  // mapping: the next scalar is a key
  };

  void begin(NodeKind kind, std::int32_t line);
  void finish(ConfigNode node);
  bool take_as_key(std::string_view text);
  bool spend(std::size_t nodes, std::size_t text_bytes, std::int32_t line);

  bool merges_;
  std::vector<Open> open_{};
  ConfigNode root_{};
  bool has_root_ = false;
  std::size_t nodes_ = 0;
  std::size_t text_bytes_ = 0;
  std::string failure_{};
  std::int32_t failure_line_ = 0;
};

/// Each reader takes a whole document and names no file in its error: "line 3: ...".
Result<ConfigNode> parse_yaml_tree(std::string_view text);
Result<ConfigNode> parse_json_tree(std::string_view text);

/// The value of an unquoted YAML scalar.
ConfigValue plain_scalar_value(std::string_view text);

/// The tree as one line of JSON, secrets masked.
std::string redacted_json_of(const ConfigNode& root);

/// The node at a path such as "config.process[0].train.steps"; the empty path is the root. Null
/// where nothing stands there and for a malformed path.
const ConfigNode* find_at_path(const ConfigNode& root, std::string_view path);

}  // namespace tidemark
