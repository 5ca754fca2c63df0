// A bar that is drawn again and again, known by its look alone, so that most drawings need no
// parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// Remembers how a bar looks: what stands before its percentage and between its count and its
/// clock. A line that looks the same, counts on, ends with the bar, and shows numbers only is the
/// same bar further on; whoever wants its values parses the newest such line (`pending`).
class BarRun {
 public:
  /// `line` was parsed and is one whole bar. Forgets the run where its look is not of the usual
  /// kind.
  void begin(std::string_view line);
  void forget() { tail_.clear(); }
  /// True where `line` draws the bar on; it is then the newest drawing.
  bool extends(std::string_view line);
  /// The newest drawing that nobody has parsed; empty: there is none.
  std::string_view pending() const { return pending_; }
  void parsed() { pending_.clear(); }

 private:
  std::size_t find_count(std::string_view line) const;

  std::string head_{};  // "my_job:"
  std::string tail_{};  // "/2000 ["; empty: no run
  std::int64_t position_ = 0;
  std::size_t percent_at_ = 0;  // of "%|", the same in every drawing
  std::size_t count_at_ = 0;    // where the count began in the newest drawing; npos: nowhere
  std::string pending_{};
};

}  // namespace tidemark
