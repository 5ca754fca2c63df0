// What other runs of the same model tell of this one's memory.
//
// Every run is a measured point of the same function: its settings and the peak that they took. A
// value of the model (a part's bytes, an effect's factor) is kept where it is consistent with all
// of them, so an interval only ever loses values that some run contradicts. What no value explains
// is the model's own fault, and makes its predictions wider.
#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "analysis/analysis.h"
#include "analysis/predict.h"

namespace tidemark {
namespace {

// The same settings take about the same twice: allocators, the order of the data.
constexpr double kNoiseRatio = 0.02;
// What was missed by more than this share of the peak is another thing than the model is of.
constexpr double kMostMisfitRatio = 0.5;
// What is tried of a value's range; two rounds, since what one value becomes narrows another.
constexpr int kSlices = 32;
constexpr int kRounds = 2;
// What others held of a machine's memory at the peak, against what they held before the run.
constexpr double kOthersNoiseRatio = 0.03;
constexpr double kSameCountRatio = 0.01;
// The training's rise may have been measured before all of it was there, or with more in it.
constexpr double kMostActivations = 6;

/// What a run took in one phase, as a condition on the model.
struct Point {
  const EarlierRun* run = nullptr;
  std::string_view phase{};
  Range bytes{};          // of the run's own, with its noise
  bool at_least = false;  // it was killed: it would have taken more
};

/// A value of the model that points may narrow.
struct Unknown {
  Range* value = nullptr;
  Range prior{};
  Range domain{};  // what it may be at all
};

bool same_count(double a, double b) {
  return std::abs(a - b) <= kSameCountRatio * std::max(std::abs(a), std::abs(b));
}

/// Counts that were told of both must agree, the rank of the adapter taken into account.
bool same_parameters(const MemoryModel& a, const MemoryModel& b) {
  const auto rank = [](const MemoryModel& model) {
    return static_cast<double>(std::max<std::int64_t>(model.recipe.network_rank.value_or(1), 1));
  };
  if (a.parts.trainable && b.parts.trainable &&
      !same_count(*a.parts.trainable / rank(a), *b.parts.trainable / rank(b)))
    return false;
  return !a.parts.frozen || !b.parts.frozen || a.parts.frozen->high > a.parts.frozen->low ||
         b.parts.frozen->high > b.parts.frozen->low ||
         same_count(a.parts.frozen->likely, b.parts.frozen->likely);
}

/// A container's memory is the run's alone; of a machine's, what others hold is an estimate, and
/// a run that is small beside it is not known by it.
bool same_kind_of_memory(const MemoryModel& a, const MemoryModel& b) {
  return a.pool == b.pool && a.device == b.device;
}

bool comparable(const MemoryModel& own, const MemoryModel& other) {
  return !other.grew && !other.phases.empty() && same_kind_of_memory(own, other) &&
         own.holds_tensors == other.holds_tensors && same_parameters(own, other) &&
         differ_only_in_modelled_settings(own.recipe, other.recipe);
}

const PhasePeak* phase_of(const MemoryModel& model, std::string_view name) {
  const auto found = std::ranges::find(model.phases, name, &PhasePeak::phase);
  return found == model.phases.end() ? nullptr : &*found;
}

/// Of each run the phase of its peak, and its training.
std::vector<Point> points_of(const MemoryModel& own, const std::vector<const EarlierRun*>& runs) {
  std::vector<Point> points;
  for (const auto* run : runs) {
    const auto& front = run->model.phases.front();
    for (const auto& phase : run->model.phases) {
      const bool is_front = &phase == &front;
      const bool tells = is_front ? run->model.trained || run->model.killed
                                  : run->model.trained && phase.phase == "train";
      if (!tells || phase_of(own, phase.phase) == nullptr) continue;
      const double others = run->model.others;
      const double noise =
          kNoiseRatio * std::max(phase.peak.likely - others, 0.0) + kOthersNoiseRatio * others;
      points.push_back({run,
                        phase.phase,
                        {phase.peak.low - others - noise, phase.peak.likely - others,
                         phase.peak.high - others + noise},
                        run->model.killed ? is_front : !run->model.completed});
    }
  }
  return points;
}

Range predicted(const MemoryModel& model, const Point& point) {
  return peak_in(model, *phase_of(model, point.phase), point.run->model.recipe) -
         Range::exactly(model.others);
}

bool is_consistent(const Range& predicted, const Point& point) {
  return predicted.high >= point.bytes.low && (point.at_least || predicted.low <= point.bytes.high);
}

/// Positive: the prediction was too low; negative: too high; 0: the interval had it.
double miss_of(const Range& predicted, const Point& point) {
  if (predicted.high < point.bytes.low) return point.bytes.low - predicted.high;
  if (!point.at_least && predicted.low > point.bytes.high) return point.bytes.high - predicted.low;
  return 0;
}

std::vector<Unknown> unknowns_of(MemoryModel& model) {
  std::vector<Unknown> all;
  const auto add = [&all](Range& value, Range domain) { all.push_back({&value, value, domain}); };
  auto& parts = model.parts;
  if (parts.activations) {
    const auto& bytes = parts.activations->bytes;
    add(parts.activations->bytes, {0, bytes.likely, kMostActivations * bytes.high});
  }
  for (auto* part : {&parts.text_encoder, &parts.latent_cache, &parts.sampling,
                     &parts.checkpoint_save, &parts.base_weights})
    if (*part) add((*part)->bytes, (*part)->bytes);
  if (parts.frozen) add(*parts.frozen, *parts.frozen);
  add(model.worker_bytes, model.worker_bytes);
  auto& effects = model.effects;
  for (auto* effect :
       {&effects.without_checkpointing, &effects.prefetch_share, &effects.offloaded_share,
        &effects.added_worker, &effects.half_activations, &effects.pixel_power})
    add(*effect, *effect);
  // How far a killed run would have gone.
  for (auto& phase : model.phases) add(phase.peak, phase.peak);
  std::erase_if(all, [](const Unknown& one) { return !(one.domain.high > one.domain.low); });
  return all;
}

/// The part of `domain` that the point does not contradict; absent: there is none.
std::optional<Range> consistent_part(const MemoryModel& model, Range& value, Range domain,
                                     const Point& point) {
  const Range kept = value;
  const double width = (domain.high - domain.low) / kSlices;
  const auto slice_fits = [&](int slice) {
    const double low = domain.low + slice * width;
    value = {low, low + width / 2, low + width};
    return is_consistent(predicted(model, point), point);
  };
  int first = 0, last = kSlices - 1;
  while (first <= last && !slice_fits(first)) ++first;
  while (last > first && !slice_fits(last)) --last;
  value = kept;
  if (first > last) return std::nullopt;
  if (first == 0 && last == kSlices - 1) return domain;  // as it is, to the bit
  const double low = domain.low + first * width, high = domain.low + (last + 1) * width;
  return Range{low, std::clamp(kept.likely, low, high), high};
}

/// What nothing of the prior explains may lie beyond it, as long as no other point spoke.
void narrow(const MemoryModel& model, Unknown& unknown, const Point& point) {
  auto found = consistent_part(model, *unknown.value, *unknown.value, point);
  if (!found && *unknown.value == unknown.prior)
    found = consistent_part(model, *unknown.value, unknown.domain, point);
  if (found) *unknown.value = *found;
}

/// How badly the likely values explain the points, in units of their noise, and how far they are
/// from what they were.
double cost_of(const MemoryModel& model, const std::vector<Point>& points) {
  double cost = 0;
  for (const auto& point : points) {
    const double noise =
        std::max({kNoiseRatio * point.bytes.likely, (point.bytes.high - point.bytes.low) / 2, 1.0});
    double error = (predicted(model, point).likely - point.bytes.likely) / noise;
    if (point.at_least) error = std::min(error, 0.0);
    cost += error * error;
  }
  return cost;
}

/// Without a reason to leave it, a likely value stays.
constexpr double kPull = 0.01;

void fit_likely(const MemoryModel& model, Range& value, const std::vector<Point>& points) {
  const Range before = value;
  const double half = std::max((before.high - before.low) / 2, 1e-9);
  double best = before.likely, least = HUGE_VAL;
  const auto take = [&](double likely) {
    value.likely = likely;
    const double away = (likely - before.likely) / half;
    const double cost = cost_of(model, points) + kPull * away * away;
    if (cost >= least) return;
    least = cost;
    best = likely;
  };
  take(before.likely);
  for (int i = 0; i < kSlices; ++i)
    take(before.low + (before.high - before.low) * (i + 0.5) / kSlices);
  value.likely = best;
}

/// What a point says nothing of keeps its range by itself: every slice of it is consistent. The
/// points that surprise least come first, so that one of another kind spoils nothing.
void narrow_all(MemoryModel& model, std::vector<Point>& points) {
  std::ranges::stable_sort(points, {}, [&](const Point& point) {
    return std::abs(miss_of(predicted(model, point), point));
  });
  auto unknowns = unknowns_of(model);
  for (int round = 0; round < kRounds; ++round)
    for (const auto& point : points)
      for (auto& unknown : unknowns) narrow(model, unknown, point);
  const double most = kMostMisfitRatio * model.phases.front().peak.likely;
  std::erase_if(points, [&](const Point& point) {
    return std::abs(miss_of(predicted(model, point), point)) > most;
  });
  for (int round = 0; round < kRounds; ++round)
    for (auto& unknown : unknowns)
      if (unknown.value->high > unknown.value->low) fit_likely(model, *unknown.value, points);
}

void widen_by_misfit(MemoryModel& model, const std::vector<Point>& points) {
  for (const auto& point : points) {
    const double miss = miss_of(predicted(model, point), point);
    model.misfit.high = std::max(model.misfit.high, miss);
    model.misfit.low = std::min(model.misfit.low, miss);
  }
}

/// What was never seen in this run, because it ended before or was told not to do it.
void adopt_phases(MemoryModel& own, const std::vector<const EarlierRun*>& runs) {
  for (const auto* run : runs)
    for (const auto& phase : run->model.phases) {
      const bool may_come = !own.completed || own.recipe.train.disable_sampling.value;
      if (!may_come || is_before_training(phase.phase) || phase_of(own, phase.phase) != nullptr)
        continue;
      auto taken = phase;
      taken.peak = at_least(
          peak_in(run->model, phase, own.recipe) + Range::exactly(own.others - run->model.others),
          0);
      own.phases.push_back(std::move(taken));
    }
}

/// The run whose model says most of these settings: not killed before another that was, then the
/// narrowest interval, then the one whose settings differ in least, then the newest.
const EarlierRun* best_for(const Recipe& recipe, const std::vector<const EarlierRun*>& runs) {
  const EarlierRun* best = nullptr;
  std::tuple<bool, double, std::size_t> least{};
  for (const auto* run : runs) {
    if (!run->model.trained) continue;
    const auto then = predict(run->model, recipe);
    const std::tuple doubt{run->model.killed, then.peak.high - then.peak.low, then.changes.size()};
    if (best != nullptr && doubt >= least) continue;
    best = run;
    least = doubt;
  }
  return best;
}

void take_batch_sizes(MemoryModel& model, const MemoryModel& other) {
  for (const auto size : other.batch_sizes)
    if (std::ranges::find(model.batch_sizes, size) == model.batch_sizes.end())
      model.batch_sizes.push_back(size);
}

void say_where_activations_are_from(MemoryModel& model, const Range& before) {
  auto& activations = model.parts.activations;
  if (!activations) return;
  const double was = before.high - before.low;
  if (!(activations->bytes.high - activations->bytes.low < was / 2)) return;
  model.parts.activations_cut_short = false;
  activations->basis = Basis::measured;
  activations->detail = "from the peaks of " + std::to_string(model.learned_from.size()) +
                        (model.learned_from.size() == 1 ? " other run" : " other runs") +
                        " of this model on this machine, beside this one's";
}

MemoryModel learn_from(MemoryModel model, const std::vector<const EarlierRun*>& runs) {
  adopt_phases(model, runs);
  auto points = points_of(model, runs);
  if (points.empty()) return model;
  const auto before = model.parts.activations ? model.parts.activations->bytes : Range{};
  narrow_all(model, points);
  widen_by_misfit(model, points);
  for (const auto* run : runs) {
    const bool counts =
        std::ranges::any_of(points, [&](const Point& point) { return point.run == run; });
    if (!counts) continue;
    if (!run->name.job_id.empty()) model.learned_from.push_back(run->name);
    take_batch_sizes(model, run->model);
  }
  say_where_activations_are_from(model, before);
  model.not_known = what_is_not_known(model);
  return model;
}

std::vector<const EarlierRun*> comparable_runs(const MemoryModel& own,
                                               const std::vector<EarlierRun>& earlier) {
  std::vector<const EarlierRun*> runs;
  for (const auto& run : earlier)
    if (comparable(own, run.model)) runs.push_back(&run);
  return runs;
}

}  // namespace

MemoryModel learn(MemoryModel own, const std::vector<EarlierRun>& earlier) {
  auto runs = comparable_runs(own, earlier);
  const auto* best = own.trained ? nullptr : best_for(own.recipe, runs);
  if (best == nullptr) return learn_from(std::move(own), runs);
  // It died before its first step: what training takes, only another run can say. What it had come
  // to is one more point.
  const EarlierRun self{.model = own};
  std::ranges::replace(runs, best, &self);
  auto model = learn_from(best->model, runs);
  const auto moved = Range::exactly(own.others - model.others);
  for (auto& phase : model.phases) phase.peak = at_least(phase.peak + moved, 0);
  model.others = own.others;
  model.learned_from.insert(model.learned_from.begin(), best->name);
  model.base = best->name;
  model.asked = own.recipe;
  model.not_known = what_is_not_known(model);
  return model;
}

std::optional<MemoryModel> learn_for(const Recipe& recipe, const std::vector<EarlierRun>& earlier) {
  std::vector<const EarlierRun*> runs;
  for (const auto& run : earlier)
    if (!run.model.phases.empty() && !run.model.grew &&
        differ_only_in_modelled_settings(recipe, run.model.recipe))
      runs.push_back(&run);
  const auto* best = best_for(recipe, runs);
  if (best == nullptr) return std::nullopt;
  auto others = comparable_runs(best->model, earlier);
  std::erase(others, best);
  auto model = learn_from(best->model, others);
  model.learned_from.insert(model.learned_from.begin(), best->name);
  model.base = best->name;
  model.asked = recipe;
  return model;
}

}  // namespace tidemark
