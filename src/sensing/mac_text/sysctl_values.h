// The kernel's settings and counters that a Mac's memory is described by, as sysctl(8) prints them:
// `sysctl hw.memsize vm.swapusage kern.memorystatus_vm_pressure_level ...`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// What the kernel asks programs to do (dispatch/source.h, DISPATCH_MEMORYPRESSURE_*).
enum class MacPressure : std::uint8_t { normal = 1, warning = 2, critical = 4 };

/// Each is absent where this Mac does not tell.
struct MacSysctl {
  std::optional<Bytes> memory_total{};  // hw.memsize
  std::optional<Bytes> swap_total{};    // vm.swapusage: files that grow, no limit
  std::optional<Bytes> swap_used{};
  std::optional<Bytes> swap_free{};
  std::optional<MacPressure> pressure{};  // kern.memorystatus_vm_pressure_level
  bool is_apple_silicon = false;          // hw.optional.arm64, also under Rosetta
  std::string chip{};                     // machdep.cpu.brand_string: "Apple M2 Max"
};

/// Lines of other names are passed over.
MacSysctl parse_sysctl(std::string_view text);

/// "1023.25M" as vm.swapusage prints: M and G mean MiB and GiB; some locales print a comma.
std::optional<Bytes> parse_swap_size(std::string_view word);

/// The pressure that a number of the kernel stands for.
std::optional<MacPressure> mac_pressure(std::uint64_t level);

}  // namespace tidemark
