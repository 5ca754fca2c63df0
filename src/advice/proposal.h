// A change of one setting, in steps from mild to strong, as the plan searches it. Each rule is a
// pure function of the analysis; what a step does comes from the memory model alone. Private to
// advice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

struct ProposalStep {
  std::vector<SettingChange> changes{};  // the first is the setting itself
  /// What it costs the user, in points that only compare: a loader's setting 1, slower steps 5 to
  /// 10, quality 12 and more. Grows with each step.
  double price = 0;
  std::string title{}, action{}, cost{};
};

struct Proposal {
  std::string id{};
  std::string finding{};
  Severity most = Severity::critical;  // design.md groups advice by how much it gives up
  ConfigValue current{};
  std::vector<ProposalStep> steps{};  // never empty
  std::vector<Evidence> evidence{};
  bool without_known_effect = false;  // worth saying after an OOM even where no figure is known
};

/// A rule's word: a proposal, reasons why what people usually advise is not advised, or neither.
struct RuleAnswer {
  std::optional<Proposal> proposal{};
  std::vector<LeftOut> left_out{};
};

using SettingRule = RuleAnswer (*)(const Analysis&, const MemoryModel&);

// The rules, by what they change.
RuleAnswer workers_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer prefetch_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer latents_to_disk_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer text_embeddings_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer save_dtype_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer sampling_size_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer train_dtype_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer optimizer_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer quantize_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer ema_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer checkpointing_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer batch_size_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer low_vram_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer attention_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer offloading_rule(const Analysis& analysis, const MemoryModel& model);
RuleAnswer resolution_rule(const Analysis& analysis, const MemoryModel& model);

/// The recipe after a step.
Recipe with_changes(const Recipe& recipe, const std::vector<SettingChange>& changes);

/// What is said of a model whose architecture is not among those that are known: whether the
/// trainer can do it. For the end of a sentence; empty: it is known.
std::string doubt_about(const Recipe& recipe, std::string_view what);

/// A setting with one value to change to.
Proposal single_step(std::string id, std::string finding, ConfigValue current, ProposalStep step);

}  // namespace tidemark
