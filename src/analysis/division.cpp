#include "analysis/division.h"

#include <algorithm>
#include <utility>

namespace tidemark {

void Division::give(std::string_view name, std::optional<Bytes> held, Basis basis,
                    std::string detail) {
  if (!held || held->count <= 0) return;
  const Bytes part = std::min(*held, left_);
  if (part.count <= 0) return;
  if (part < *held) detail += "; capped at what the pool held";
  left_ = left_ - part;
  parts_.push_back({std::string{name}, part, basis, std::move(detail)});
}

std::vector<Component> Division::finish(std::string rest) && {
  if (left_.count > 0) parts_.push_back({"unattributed", left_, Basis::computed, std::move(rest)});
  std::ranges::sort(parts_, [](const Component& a, const Component& b) {
    if ((a.component == "unattributed") != (b.component == "unattributed"))
      return b.component == "unattributed";
    return a.held != b.held ? a.held > b.held : a.component < b.component;
  });
  return std::move(parts_);
}

}  // namespace tidemark
