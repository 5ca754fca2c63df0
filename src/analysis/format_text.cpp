#include "analysis/format_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace tidemark {
namespace {

struct ByteUnit {
  double bytes;
  std::string_view name;
  int decimals;
};
constexpr std::array kByteUnits{ByteUnit{kBytesPerGib, "GB", 1}, ByteUnit{kBytesPerMib, "MB", 0},
                                ByteUnit{kBytesPerKib, "KB", 0}};
// From here on a decimal of a GB is noise, and a column of five digits is read faster.
constexpr double kWholeGbFrom = 1000;

std::string format_large_duration(std::int64_t seconds) {
  const auto minutes = seconds / 60;
  const auto hours = minutes / 60;
  if (hours >= 24) return fmt::format("{}d {}h", hours / 24, hours % 24);
  if (hours > 0) return fmt::format("{}h {}m", hours, minutes % 60);
  return fmt::format("{}m {}s", minutes, seconds % 60);
}

}  // namespace

std::string format_bytes(Bytes bytes) {
  const auto sign = bytes.count < 0 ? "-" : "";
  const double magnitude = std::abs(static_cast<double>(bytes.count));
  for (const auto& unit : kByteUnits) {
    // What would be shown as 1024 of the smaller unit is shown as 1 of the larger.
    if (magnitude < unit.bytes * (1.0 - 0.5 / 1024.0)) continue;
    const double value = magnitude / unit.bytes;
    const int decimals = value >= kWholeGbFrom ? 0 : unit.decimals;
    return fmt::format("{}{:.{}f} {}", sign, value, decimals, unit.name);
  }
  return fmt::format("{} B", bytes.count);
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds <= 0) return "0s";
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f}s", seconds);
  if (seconds > 1e12) return "over 30,000 years";  // an absurd clock; also keeps the cast in range
  return format_large_duration(std::llround(seconds));
}

std::string format_percent(double fraction) {
  if (!std::isfinite(fraction)) return "?%";
  const double percent = fraction * 100;
  if (fraction < 1 && percent >= 99.5) return "99%";
  if (fraction > 0 && percent < 0.5) return "<1%";
  return fmt::format("{:.0f}%", percent);
}

}  // namespace tidemark
