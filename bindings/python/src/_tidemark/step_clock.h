// How long a step took, on one thread: the time since the step before it, without what was spent in
// phases that are over and surrounded neither of the two; and how much of it was waiting for data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tidemark::python {

class StepClock {
 public:
  /// What a step that is recorded now has behind it.
  struct Took {
    std::optional<double> step_time_seconds{};  // absent: the first
    std::optional<double> data_wait_seconds{};  // absent: nothing was waited for
  };
  Took step(std::int64_t now_ns) noexcept;

  void wait(std::int64_t took_ns) noexcept;
  /// A phase is known by its name's hash. Those nested deeper than kMostPhases are their outer
  /// one's.
  void begin_phase(std::uint64_t name, std::int64_t now_ns) noexcept;
  void end_phase(std::uint64_t name, std::int64_t now_ns) noexcept;

 private:
  static constexpr std::size_t kMostPhases = 16;

  /// Since the last step, in this phase itself or handed up by phases that ended inside it.
  struct Frame {
    std::uint64_t name = 0;
    std::int64_t began_ns = 0;
    std::int64_t excluded_ns = 0;
    std::int64_t waited_ns = 0;
    bool waited = false;
  };
  Frame& top() noexcept { return frames_[depth_]; }
  bool surrounded_last_step(std::uint64_t name) const noexcept;
  void pop(std::int64_t now_ns) noexcept;

  std::array<Frame, kMostPhases + 1> frames_{};  // [0] is outside of all phases
  std::size_t depth_ = 0;
  std::array<std::uint64_t, kMostPhases> home_{};  // the phases around the last step
  std::size_t home_count_ = 0;
  std::optional<std::int64_t> last_ns_{};
};

/// One for each thread that records, by the interpreter's id of it, which is never used twice.
class StepClocks {
 public:
  StepClock& of(std::uint64_t thread) {
    if (last_ != nullptr && last_->thread == thread) [[likely]]
      return last_->clock;
    return find_or_add(thread);
  }
  void clear() noexcept {
    clocks_.clear();
    last_ = nullptr;
  }

 private:
  static constexpr std::size_t kMost = 64;  // the one that was added first makes room
  struct Entry {
    std::uint64_t thread = 0;
    StepClock clock{};
  };
  StepClock& find_or_add(std::uint64_t thread);

  std::vector<std::unique_ptr<Entry>> clocks_{};
  Entry* last_ = nullptr;
};

}  // namespace tidemark::python
