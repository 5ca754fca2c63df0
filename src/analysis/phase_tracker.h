// Which phase the trainer was in when, and what the run held in each. Private to analysis.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// Events in time order first, then samples in time order.
class PhaseTracker {
 public:
  void add(const EventRecord& event);
  /// A phase that was still open ends here.
  void end_at(double unix_seconds);
  void add(const SampleRow& sample);

  /// The innermost phase at that time; empty: none.
  std::string_view name_at(double unix_seconds) const;
  /// True in a phase that interrupts training, or comes before it.
  bool is_apart(double unix_seconds) const;
  std::vector<PhaseFacts> phases() const;
  /// What the main process held when the first phase of this name began, by the trainer's own
  /// word.
  struct Beginning {
    double at = 0;
    Bytes held{};
  };
  std::optional<Beginning> told_beginning(std::string_view name) const;

 private:
  /// What the trainer said of its own process at one end of a phase.
  struct Told {
    std::optional<Bytes> held{};  // without the pages of files
    std::optional<Bytes> peak{};  // likewise, since the process began
  };
  struct Occurrence {
    std::size_t kind = 0;  // index into kinds_
    double from = 0, to = 0;
    std::optional<std::size_t> parent{};
    Told at_start{}, at_end{};
  };
  struct Kind {
    PhaseFacts facts{};
    RunLevel before{};  // of the occurrence that lasts now
  };
  void take_phase(const EventRecord& event);
  void take_told(const EventRecord& event);
  void take_told_levels();
  Bytes told_peak_of(std::size_t occurrence) const;
  RunLevel before(std::size_t occurrence, RunLevel sampled) const;
  std::size_t kind_of(std::string_view name);
  std::optional<std::size_t> occurrence_at(double at) const;
  bool was_lower(std::size_t occurrence, Bytes level) const;
  /// `reached`: what the process held at most between; phases that cannot be it are passed over.
  std::optional<std::size_t> longest_between(double from, double to,
                                             std::optional<Bytes> reached) const;
  void take_level(std::size_t occurrence, const RunLevel& level);
  void leave(std::size_t occurrence, RunLevel level);

  std::vector<Kind> kinds_{};
  std::vector<Occurrence> occurrences_{};  // by their start
  std::vector<std::size_t> open_{};
  struct Boundary {
    std::size_t occurrence = 0;
    bool is_end = false;
  };
  std::optional<Boundary> last_boundary_{};
  std::optional<SampleRow> last_{};
  std::optional<std::size_t> last_occurrence_{};
};

}  // namespace tidemark
