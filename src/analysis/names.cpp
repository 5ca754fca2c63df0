#include <array>
#include <utility>

#include "analysis/analysis.h"

namespace tidemark {

std::string_view name_of(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames{"info", "warning", "critical"};
  return kNames[std::to_underlying(severity)];
}

std::string_view name_of(Health health) {
  constexpr std::array<std::string_view, 3> kNames{"good", "warning", "critical"};
  return kNames[std::to_underlying(health)];
}

std::string_view name_of(Basis basis) {
  constexpr std::array<std::string_view, 3> kNames{"measured", "computed", "estimated"};
  return kNames[std::to_underlying(basis)];
}

}  // namespace tidemark
