#include "analysis/phase_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/event_fields.h"
#include "analysis/run_level.h"

namespace tidemark {
namespace {

// What a trainer tells is bounded here, whatever it tells.
constexpr std::size_t kMostKinds = 64;
constexpr std::size_t kMostOccurrences = 8192;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;
// Two readings of one peak differ by less: files that are mapped between come off each.
constexpr double kSamePeakRatio = 0.98;
constexpr double kOpen = std::numeric_limits<double>::infinity();

/// "sampling" of "sampling_start"; absent for events that are no phases.
std::optional<std::string_view> phase_name(std::string_view type, std::string_view ending) {
  if (!type.ends_with(ending)) return std::nullopt;
  const auto name = type.substr(0, type.size() - ending.size());
  if (name.empty() || name == "training" || name == "worker") return std::nullopt;
  return name;
}

}  // namespace

std::size_t PhaseTracker::kind_of(std::string_view name) {
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    if (kinds_[i].facts.name == name) return i;
  if (kinds_.size() < kMostKinds) kinds_.push_back({.facts = {.name = std::string{name}}});
  return kinds_.size() - 1;
}

// The numbers that the Python package adds to a phase's ends (bindings/python/tidemark/
// own_memory.py), of the trainer's own process.
void PhaseTracker::take_told(const EventRecord& event) {
  const auto bytes = [&event](std::string_view key) {
    const auto count = whole_number_at(event.details, key);
    return count && *count >= 0 && *count < kMostBytes ? std::optional{Bytes{*count}}
                                                       : std::nullopt;
  };
  const auto anonymous = bytes("anon_bytes");
  if (!last_boundary_ || !anonymous) return;
  auto& one = occurrences_[last_boundary_->occurrence];
  auto& told = last_boundary_->is_end ? one.at_end : one.at_start;
  if (told.held) return;
  told.held = *anonymous + bytes("shmem_bytes").value_or(Bytes{});
  const auto resident = bytes("rss_bytes"), peak = bytes("peak_rss_bytes");
  if (resident && peak)
    told.peak = std::max(*peak - std::max(*resident - *told.held, Bytes{}), *told.held);
}

void PhaseTracker::add(const EventRecord& event) {
  if (event.rank != 0 || !std::isfinite(event.unix_seconds)) return;
  take_phase(event);
  take_told(event);
}

void PhaseTracker::take_phase(const EventRecord& event) {
  if (const auto name = phase_name(event.type, "_start")) {
    if (occurrences_.size() == kMostOccurrences) return;
    if (!occurrences_.empty() && event.unix_seconds < occurrences_.back().from) return;
    const auto parent = open_.empty() ? std::nullopt : std::optional{open_.back()};
    open_.push_back(occurrences_.size());
    last_boundary_ = Boundary{occurrences_.size(), false};
    occurrences_.push_back({kind_of(*name), event.unix_seconds, kOpen, parent});
  } else if (const auto ended = phase_name(event.type, "_end")) {
    const auto found = std::find_if(open_.rbegin(), open_.rend(), [&](std::size_t i) {
      return kinds_[occurrences_[i].kind].facts.name == *ended;
    });
    if (found == open_.rend()) return;
    last_boundary_ = Boundary{*found, true};
    // What was opened inside and not closed has ended with it.
    for (auto i = open_.rbegin(); i <= found; ++i) occurrences_[*i].to = event.unix_seconds;
    open_.erase(std::prev(found.base()), open_.end());
  }
}

void PhaseTracker::end_at(double unix_seconds) {
  for (const auto i : open_) occurrences_[i].to = std::max(unix_seconds, occurrences_[i].from);
  open_.clear();
  for (auto& kind : kinds_) kind.facts.count = 0;
  for (const auto& one : occurrences_) {
    auto& facts = kinds_[one.kind].facts;
    ++facts.count;
    facts.seconds += one.to - one.from;
  }
  take_told_levels();
}

/// The highest that the process is known to have held in it, phases inside it left out.
Bytes PhaseTracker::told_peak_of(std::size_t occurrence) const {
  const auto& one = occurrences_[occurrence];
  auto level = std::max(one.at_start.held.value_or(Bytes{}), one.at_end.held.value_or(Bytes{}));
  const auto& peak = one.at_end.peak;
  if (!peak || *peak <= one.at_start.peak.value_or(*peak)) return level;
  const bool of_inner = std::ranges::any_of(occurrences_, [&](const Occurrence& other) {
    return other.parent == occurrence && other.at_end.peak.value_or(Bytes{}) >= *peak;
  });
  return of_inner ? level : std::max(level, *peak);
}

void PhaseTracker::take_told_levels() {
  for (std::size_t i = 0; i < occurrences_.size(); ++i) {
    const auto& one = occurrences_[i];
    auto& kind = kinds_[one.kind];
    if (one.at_start.held) {
      kind.before.main = one.at_start.held;
      take_level(i, {.main = told_peak_of(i)});
    }
    if (one.at_end.held) kind.facts.after.main = one.at_end.held;
  }
}

RunLevel PhaseTracker::before(std::size_t occurrence, RunLevel sampled) const {
  if (const auto& told = occurrences_[occurrence].at_start.held) sampled.main = told;
  return sampled;
}

std::optional<PhaseTracker::Beginning> PhaseTracker::told_beginning(std::string_view name) const {
  for (const auto& one : occurrences_)
    if (kinds_[one.kind].facts.name == name && one.at_start.held)
      return Beginning{one.from, *one.at_start.held};
  return std::nullopt;
}

std::optional<std::size_t> PhaseTracker::occurrence_at(double at) const {
  const auto after = std::ranges::upper_bound(occurrences_, at, {}, &Occurrence::from);
  if (after == occurrences_.begin()) return std::nullopt;
  std::optional<std::size_t> i = static_cast<std::size_t>(after - occurrences_.begin()) - 1;
  while (i && occurrences_[*i].to <= at) i = occurrences_[*i].parent;
  return i;
}

/// By the trainer's own word it ended without ever having held as much.
bool PhaseTracker::was_lower(std::size_t occurrence, Bytes level) const {
  const auto& told = occurrences_[occurrence].at_end.peak;
  return told && ratio(*told, level) < kSamePeakRatio;
}

// The phase that had most of the time: the kernel's exact peak is of some moment of it. Walked from
// one boundary to the next, innermost phases alone.
std::optional<std::size_t> PhaseTracker::longest_between(double from, double to,
                                                         std::optional<Bytes> reached) const {
  constexpr int kMostBoundaries = 64;
  std::optional<std::size_t> longest;
  double most = 0;
  double at = from;
  for (int i = 0; i < kMostBoundaries && at < to; ++i) {
    const auto now = occurrence_at(at);
    const auto next = std::ranges::upper_bound(occurrences_, at, {}, &Occurrence::from);
    double until = next == occurrences_.end() ? to : std::min(next->from, to);
    if (now) until = std::min(until, occurrences_[*now].to);
    const bool possible = !now || !reached || !was_lower(*now, *reached);
    if (possible && until - at > most) {
      most = until - at;
      longest = now;
    }
    at = until;
  }
  return longest;
}

void PhaseTracker::take_level(std::size_t occurrence, const RunLevel& level) {
  auto& kind = kinds_[occurrences_[occurrence].kind];
  const auto higher = [](const std::optional<Bytes>& now, const std::optional<Bytes>& known) {
    return now && (!known || *now > *known);
  };
  if (higher(level.main, kind.facts.highest.main)) {
    kind.facts.highest.main = level.main;
    kind.facts.before.main = kind.before.main;
  }
  if (higher(level.device, kind.facts.highest.device)) {
    kind.facts.highest.device = level.device;
    kind.facts.before.device = kind.before.device;
  }
}

void PhaseTracker::leave(std::size_t occurrence, RunLevel level) {
  const auto& one = occurrences_[occurrence];
  if (one.at_end.held) level.main = one.at_end.held;
  kinds_[one.kind].facts.after = level;
}

void PhaseTracker::add(const SampleRow& sample) {
  if (occurrences_.empty()) return;
  const auto level = level_of(sample);
  const auto now = occurrence_at(sample.unix_seconds);
  if (last_) {
    const auto before = level_of(*last_);
    const auto reached = exact_level_between(*last_, sample);
    const auto inside = longest_between(last_->unix_seconds, sample.unix_seconds, reached);
    // A phase between two samples: entered and left again.
    const auto enter = [&](std::size_t i) {
      kinds_[occurrences_[i].kind].before = this->before(i, before);
    };
    if (inside && inside != last_occurrence_) enter(*inside);
    if (now && now != last_occurrence_ && now != inside) enter(*now);
    if (inside) take_level(*inside, {.main = reached});
    if (last_occurrence_ && now != last_occurrence_) leave(*last_occurrence_, level);
  }
  if (now) take_level(*now, level);
  last_ = sample;
  last_occurrence_ = now;
}

std::string_view PhaseTracker::name_at(double unix_seconds) const {
  const auto i = occurrence_at(unix_seconds);
  return i ? std::string_view{kinds_[occurrences_[*i].kind].facts.name} : std::string_view{};
}

bool PhaseTracker::is_apart(double unix_seconds) const {
  const auto name = name_at(unix_seconds);
  return !name.empty() && name != "train";
}

std::vector<PhaseFacts> PhaseTracker::phases() const {
  std::vector<PhaseFacts> phases;
  phases.reserve(kinds_.size());
  for (const auto& kind : kinds_) phases.push_back(kind.facts);
  return phases;
}

}  // namespace tidemark
