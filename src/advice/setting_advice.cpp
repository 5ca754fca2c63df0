#include "advice/setting_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "advice/plan.h"
#include "advice/rules.h"

namespace tidemark {
namespace {

// The whole book of settings, in the order of what they give up.
constexpr std::array kSettingRules{
    attention_rule,  prefetch_rule,      latents_to_disk_rule,
    save_dtype_rule, low_vram_rule,      text_embeddings_rule,
    workers_rule,    sampling_size_rule, train_dtype_rule,
    optimizer_rule,  quantize_rule,      checkpointing_rule,
    batch_size_rule, ema_rule,           offloading_rule,
    resolution_rule,
};
// Below this share of the limit a change is not worth its price.
constexpr double kWorthwhileRatio = 0.01;

/// What one step does alone; what the run may have wanted beyond its limit is in neither bound.
Saving saving_of(const MemoryModel& model, const Prediction& now, const Prediction& then) {
  const double unseen = now.peak.high - now.peak.likely;
  Saving saving;
  saving.likely = to_bytes(std::max(now.peak.likely - then.peak.likely, 0.0));
  saving.low = to_bytes(std::clamp(now.peak.likely - (then.peak.high - unseen), 0.0,
                                   static_cast<double>(saving.likely.count)));
  saving.high =
      to_bytes(std::max(now.peak.likely - then.peak.low, static_cast<double>(saving.likely.count)));
  const auto changes = difference(now, then);
  const bool only_workers = std::ranges::all_of(changes, [](const PredictedChange& change) {
    return change.component == "dataloader_workers";
  });
  const bool activations = std::ranges::any_of(changes, [](const PredictedChange& change) {
    return change.component == "activations" || change.component == "sampling";
  });
  saving.basis = only_workers ? Basis::measured : activations ? Basis::estimated : Basis::computed;
  if (activations && model.parts.activations && model.parts.activations->basis == Basis::measured &&
      model.parts.activations->bytes.low > 0.75 * model.parts.activations->bytes.likely)
    saving.basis = Basis::measured;
  return saving;
}

std::string impact_of(const MemoryModel& model, const PoolPeak& pool, const Saving& saves,
                      const Prediction& then, double target) {
  auto text = fmt::format("frees about {} ({} to {}): the peak falls from {} to about {} of {}",
                          format_bytes(saves.likely), format_bytes(saves.low),
                          format_bytes(saves.high), format_bytes(pool.peak),
                          format_bytes(to_bytes(then.peak.likely)), format_bytes(pool.limit));
  if (then.peak.likely > target) text += ", which alone is not enough";
  if (model.killed) text += "; what the run would have needed beyond the limit is not known";
  return text;
}

class Adviser {
 public:
  Adviser(const Analysis& analysis, const MemoryModel& model, const PoolPeak& pool)
      : analysis_(analysis),
        model_(model),
        pool_(pool),
        target_(analysis.facts.info.settings.memory_warning_ratio *
                static_cast<double>(pool.limit.count)),
        now_(predict(model, model.asked)) {}

  SettingAdvice advise() {
    for (const SettingRule rule : kSettingRules) {
      auto answer = rule(analysis_, model_);
      for (auto& left : answer.left_out) advice_.left_out.push_back(std::move(left));
      if (answer.proposal) take(std::move(*answer.proposal));
    }
    make_plan();
    for (std::size_t i = 0; i < proposals_.size(); ++i) {
      const auto chosen = plan_choice_[i] > 0 ? plan_choice_[i] - 1 : alone_[i];
      advice_.recommendations.push_back(recommendation(proposals_[i], chosen, true));
    }
    for (const auto& [proposal, step] : blind_)
      advice_.recommendations.push_back(recommendation(proposal, step, false));
    return std::move(advice_);
  }

 private:
  Prediction after(const ProposalStep& step) const {
    return predict(model_, with_changes(model_.asked, step.changes));
  }

  /// A proposal whose effect is known goes into the search; another is told after an OOM alone.
  void take(Proposal proposal) {
    const auto worth = kWorthwhileRatio * static_cast<double>(pool_.limit.count);
    std::erase_if(proposal.steps, [&](const ProposalStep& step) {
      const auto then = after(step);
      return now_.peak.likely - then.peak.likely < worth &&
             now_.peak.high - then.peak.high < worth && !proposal.without_known_effect;
    });
    if (proposal.steps.empty()) {
      advice_.left_out.push_back({proposal.id, why_without_effect(proposal)});
      return;
    }
    const auto strongest = after(proposal.steps.back());
    if (now_.peak.likely - strongest.peak.likely < worth) {
      if (is_oom(analysis_.exit.kind) && no_figure_for(proposal))
        blind_.emplace_back(std::move(proposal), 0);
      else
        advice_.left_out.push_back({proposal.id, why_without_effect(proposal)});
      return;
    }
    alone_.push_back(smallest_that_fits(proposal));
    proposals_.push_back(std::move(proposal));
  }

  std::string why_without_effect(const Proposal& proposal) const {
    const auto& parts = model_.parts;
    const auto& id = proposal.finding;
    const bool unknown = (id == "ema" && !parts.trainable) ||
                         (id == "optimizer_state" && !parts.trainable) ||
                         (id == "text_encoder_kept" && !parts.text_encoder) ||
                         (id == "latent_cache" && !parts.latent_cache) ||
                         (id == "unquantized_weights" && !parts.frozen) ||
                         ((id == "resolution" || id == "batch_size") && !parts.activations);
    return unknown ? "nothing says how much it would free" : "it would not lower this peak";
  }

  /// The part that it changes has no figure at all: that it frees nothing is not known either.
  bool no_figure_for(const Proposal& proposal) const {
    if (!proposal.without_known_effect) return false;
    if (proposal.id == "quantize" || proposal.id == "train_dtype")
      return !model_.parts.frozen.has_value();
    return !model_.parts.activations.has_value();
  }

  std::size_t smallest_that_fits(const Proposal& proposal) const {
    for (std::size_t i = 0; i < proposal.steps.size(); ++i)
      if (after(proposal.steps[i]).peak.high <= target_) return i;
    return proposal.steps.size() - 1;
  }

  void make_plan() {
    plan_choice_.assign(proposals_.size(), 0);
    if (proposals_.empty()) return;
    const auto chosen = cheapest_plan(model_, proposals_, target_);
    plan_choice_ = chosen.choice;
    Plan plan{.peak = chosen.peak, .target = to_bytes(target_), .fits = chosen.fits};
    for (std::size_t i = 0; i < proposals_.size(); ++i) {
      if (chosen.choice[i] == 0) continue;
      const auto& step = proposals_[i].steps[chosen.choice[i] - 1];
      plan.recommendations.push_back(proposals_[i].id);
      plan.changes.insert(plan.changes.end(), step.changes.begin(), step.changes.end());
      plan.cost += (plan.cost.empty() ? "" : "; ") + step.cost;
    }
    if (!plan.recommendations.empty()) advice_.plan = std::move(plan);
  }

  Recommendation recommendation(const Proposal& proposal, std::size_t index,
                                bool has_effect) const {
    const auto& step = proposal.steps[index];
    Recommendation advice;
    advice.id = proposal.id;
    advice.severity = std::min(memory_severity(analysis_), proposal.most);
    advice.title = step.title;
    advice.action = step.action;
    advice.config_path = step.changes.front().path;
    advice.current_value =
        value_at(model_.asked, step.changes.front().path).value_or(proposal.current);
    advice.recommended_value = step.changes.front().value;
    advice.changes = step.changes;
    advice.cost = step.cost;
    advice.finding = proposal.finding;
    advice.evidence = proposal.evidence;
    advice.evidence.push_back(peak_evidence(pool_));
    advice.impact = "how much it frees is not known: nothing measured what it holds";
    if (has_effect) add_effect(advice, step);
    return advice;
  }

  void add_effect(Recommendation& advice, const ProposalStep& step) const {
    const auto then = after(step);
    const auto saves = saving_of(model_, now_, then);
    advice.impact = impact_of(model_, pool_, saves, then, target_);
    advice.saves = saves;
    advice.predicted_peak = to_bytes(then.peak.likely);
    advice.predicted_peak_low = to_bytes(then.peak.low);
    advice.predicted_peak_high = to_bytes(then.peak.high);
  }

  const Analysis& analysis_;
  const MemoryModel& model_;
  const PoolPeak& pool_;
  double target_;
  Prediction now_;
  std::vector<Proposal> proposals_{};
  std::vector<std::size_t> alone_{};  // of each proposal the step that is advised by itself
  std::vector<std::pair<Proposal, std::size_t>> blind_{};
  Choice plan_choice_{};
  SettingAdvice advice_{};
};

}  // namespace

Recipe with_changes(const Recipe& recipe, const std::vector<SettingChange>& changes) {
  Recipe changed = recipe;
  for (const auto& change : changes) (void)apply_change(changed, change);
  return changed;
}

std::string doubt_about(const Recipe& recipe, std::string_view what) {
  const auto& arch = recipe.model.arch.value;
  if (family_of(arch) != nullptr) return {};
  if (arch.empty())
    return fmt::format("; the config names no architecture, so that it can {} is not sure", what);
  return fmt::format(
      "; that {} can {} is not sure: it is an architecture that Tidemark does not know", arch,
      what);
}

Proposal single_step(std::string id, std::string finding, ConfigValue current, ProposalStep step) {
  Proposal proposal{
      .id = std::move(id), .finding = std::move(finding), .current = std::move(current)};
  proposal.steps.push_back(std::move(step));
  return proposal;
}

SettingAdvice advise_settings(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  if (pool == nullptr || !analysis.model) return {};
  return Adviser{analysis, *analysis.model, *pool}.advise();
}

}  // namespace tidemark
