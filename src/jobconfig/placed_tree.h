// Where each value of a config stands in its text, so that single values can be changed and nothing
// else is touched. Private to jobconfig.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "jobconfig/config_tree.h"

namespace tidemark {

struct PlacedNode {
  NodeKind kind = NodeKind::scalar;
  bool flow = false;             // {a: 1}, [1, 2]; all of JSON
  bool shared = false;           // an alias: a change here is one elsewhere
  std::size_t from = 0, to = 0;  // of a scalar; of the rest `from` alone
  std::vector<std::string> keys{};
  std::vector<std::size_t> key_places{};
  std::vector<PlacedNode> items{};
};

/// For text that the readers took. Errors: malformed, with what cannot be placed.
Result<PlacedNode> place_yaml(std::string_view text);
Result<PlacedNode> place_json(std::string_view text);

}  // namespace tidemark
