#include "sensing/mac_text/sysctl_values.h"

#include "core/utf8.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostChipBytes = 64;

std::int64_t unit_bytes(char unit) {
  switch (unit) {
    case 'K':
      return kBytesPerKib;
    case 'M':
      return kBytesPerMib;
    case 'G':
      return kBytesPerGib;
    default:
      return 0;
  }
}

/// "total = 2048.00M  used = 1023.25M  free = 1024.75M  (encrypted)".
std::optional<Bytes> swap_field(std::string_view value, std::string_view name) {
  while (!value.empty()) {
    const auto word = take_word(value);
    if (word.empty()) break;
    if (word != name) continue;
    if (take_word(value) != "=") return std::nullopt;
    return parse_swap_size(take_word(value));
  }
  return std::nullopt;
}

void take_value(MacSysctl& values, std::string_view key, std::string_view value) {
  if (key == "vm.swapusage") {
    values.swap_total = swap_field(value, "total");
    values.swap_used = swap_field(value, "used");
    values.swap_free = swap_field(value, "free");
    return;
  }
  if (key == "machdep.cpu.brand_string") {
    if (value.starts_with(' ')) value.remove_prefix(1);
    values.chip = to_valid_utf8(value, kMostChipBytes);
    return;
  }
  const auto number = parse_count(take_word(value));
  if (!number) return;
  if (key == "hw.memsize") values.memory_total = bytes_of(*number);
  if (key == "hw.optional.arm64") values.is_apple_silicon = *number == 1;
  if (key == "kern.memorystatus_vm_pressure_level") values.pressure = mac_pressure(*number);
}

}  // namespace

std::optional<MacPressure> mac_pressure(std::uint64_t level) {
  for (const auto known : {MacPressure::normal, MacPressure::warning, MacPressure::critical})
    if (level == static_cast<std::uint64_t>(known)) return known;
  return std::nullopt;
}

// Digits by hand: std::from_chars for double knows no comma, and is newer than macOS 13's library.
std::optional<Bytes> parse_swap_size(std::string_view word) {
  if (word.empty()) return std::nullopt;
  const auto unit = unit_bytes(word.back());
  if (unit == 0) return std::nullopt;
  word.remove_suffix(1);
  const auto point = word.find_first_of(".,");
  const auto whole = parse_count(word.substr(0, point));
  if (!whole) return std::nullopt;
  const auto bytes = bytes_of(*whole, unit);
  if (!bytes || point == std::string_view::npos) return bytes;
  const auto digits = word.substr(point + 1);
  const auto hundredths = digits.size() == 2 ? parse_count(digits) : std::nullopt;
  if (!hundredths) return std::nullopt;
  return *bytes + Bytes{static_cast<std::int64_t>(*hundredths) * unit / 100};
}

MacSysctl parse_sysctl(std::string_view text) {
  MacSysctl values;
  while (!text.empty()) {
    const auto [key, value] = split_keyed_line(take_line(text));
    take_value(values, key, value);
  }
  return values;
}

}  // namespace tidemark
