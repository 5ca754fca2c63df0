// A quantity of memory. Signed, because headroom can be negative.
#pragma once

#include <compare>
#include <cstdint>

namespace tidemark {

/// A count of bytes. Units live in this type; GiB appear only at the edges (SQL columns and JSON
/// fields that end in `_gb`, and text for people).
struct Bytes {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  constexpr Bytes& operator+=(Bytes other) {
    count += other.count;
    return *this;
  }
};

inline constexpr std::int64_t kBytesPerKib = std::int64_t{1} << 10;
inline constexpr std::int64_t kBytesPerMib = std::int64_t{1} << 20;
inline constexpr std::int64_t kBytesPerGib = std::int64_t{1} << 30;

constexpr Bytes kib(std::int64_t n) {
  return {n * kBytesPerKib};
}
constexpr Bytes mib(std::int64_t n) {
  return {n * kBytesPerMib};
}
constexpr Bytes gib(std::int64_t n) {
  return {n * kBytesPerGib};
}

/// GiB, for `_gb` fields. A double holds every byte count below 2^53 exactly.
constexpr double to_gib(Bytes b) {
  return static_cast<double>(b.count) / kBytesPerGib;
}

/// The byte count nearest to a `_gb` value.
constexpr Bytes from_gib(double gb) {
  const double bytes = gb * static_cast<double>(kBytesPerGib);
  return {static_cast<std::int64_t>(bytes + (bytes < 0 ? -0.5 : 0.5))};
}

/// part / whole as 0..1; 0 where there is no whole.
constexpr double ratio(Bytes part, Bytes whole) {
  return whole.count > 0 ? static_cast<double>(part.count) / static_cast<double>(whole.count) : 0.0;
}

}  // namespace tidemark
