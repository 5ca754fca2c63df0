// A pool that is handed out piece by piece. Private to analysis.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// Never gives more than there is: what the processes hold includes pages of files, which a pool
/// may not count as used.
class Division {
 public:
  explicit Division(Bytes whole) : left_(whole) {}

  void give(std::string_view name, std::optional<Bytes> held, Basis basis, std::string detail);

  /// Largest first, `unattributed` (what is left, with the reason in `rest`) last.
  std::vector<Component> finish(std::string rest) &&;

 private:
  Bytes left_;
  std::vector<Component> parts_{};
};

}  // namespace tidemark
