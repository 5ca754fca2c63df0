#include "telemetry/gpu_sample.h"

#include <array>
#include <utility>

namespace tidemark {

std::string_view name_of(MemoryDomain domain) {
  constexpr std::array<std::string_view, 4> kNames{"unknown", "device", "unified", "coherent"};
  return kNames.at(std::to_underlying(domain));
}

}  // namespace tidemark
