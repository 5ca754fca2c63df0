// Nothing is lost in silence: every way to lose a record has a name and a count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tidemark {

enum class Drop : std::uint8_t {
  queue_full,         // the database was unreachable for longer than the stated bound
  write_failed,       // the database refused the rows for good (full disk, read-only)
  tick_late,          // a background sample that was due and not taken
  log_bytes,          // bytes of trainer output that did not reach the log reader
  journal_full,       // the trainer's ring had no room
  record_malformed,   // a journal record whose checksum or fields are wrong
  journal_no_lane,    // more threads recorded at once than the journal has lanes
  journal_too_large,  // an event over the journal's limits
  journal_disabled,   // recorded while recording was switched off
};
inline constexpr std::array kDropNames{
    std::string_view{"queue_full"},      std::string_view{"write_failed"},
    std::string_view{"tick_late"},       std::string_view{"log_bytes"},
    std::string_view{"journal_full"},    std::string_view{"record_malformed"},
    std::string_view{"journal_no_lane"}, std::string_view{"journal_too_large"},
    std::string_view{"journal_disabled"}};
inline constexpr std::size_t kDropKinds = kDropNames.size();

constexpr std::string_view name_of(Drop why) {
  return kDropNames[std::to_underlying(why)];
}

/// Stored with the run and shown in its report.
class DropCounters {
 public:
  void add(Drop why, std::uint64_t n = 1) { counts_[std::to_underlying(why)] += n; }
  void set(Drop why, std::uint64_t n) { counts_[std::to_underlying(why)] = n; }
  /// Both together, kind by kind.
  friend DropCounters operator+(DropCounters left, const DropCounters& right) {
    for (std::size_t i = 0; i < kDropKinds; ++i) left.counts_[i] += right.counts_[i];
    return left;
  }
  std::uint64_t of(Drop why) const { return counts_[std::to_underlying(why)]; }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto count : counts_) sum += count;
    return sum;
  }
  friend bool operator==(const DropCounters&, const DropCounters&) = default;

 private:
  std::array<std::uint64_t, kDropKinds> counts_{};
};

}  // namespace tidemark
