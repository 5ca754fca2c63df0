#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "report/component_names.h"
#include "report/prediction_words.h"
#include "report/report.h"
#include "report/text_layout.h"

namespace tidemark {
namespace {

constexpr std::size_t kLabelColumns = 10;  // "Memory    "
constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kWidestBar = 30;
// Of the short form: what fits beside a prompt.
constexpr std::size_t kMostErrors = 5;  // the last ones
constexpr std::size_t kShortParts = 4;
constexpr std::size_t kShortFindings = 2;
constexpr std::size_t kShortRecommendations = 2;

enum class Ink { plain, bold, red, yellow, green };

std::string_view code_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "\x1b[1m";
    case Ink::red:
      return "\x1b[1;31m";
    case Ink::yellow:
      return "\x1b[1;33m";
    case Ink::green:
      return "\x1b[1;32m";
  }
  return "";
}

Ink ink_of(Health health) {
  return health == Health::critical  ? Ink::red
         : health == Health::warning ? Ink::yellow
                                     : Ink::green;
}
Ink ink_of(Severity severity) {
  return severity == Severity::critical  ? Ink::red
         : severity == Severity::warning ? Ink::yellow
                                         : Ink::plain;
}

/// One report being written.
class Page {
 public:
  Page(const Report& report, const TextStyle& style)
      : report_(report),
        analysis_(report.analysis),
        style_(style),
        width_(static_cast<std::size_t>(std::max(style.width, static_cast<int>(kNarrowest)))) {}

  std::string write() && {
    line(inked(ink_of(analysis_.summary.health), escape_for_terminal(analysis_.summary.verdict)));
    if (!style_.short_form) {
      line("");
      job();
    }
    drops();  // what is missing comes before what was seen
    exit();
    memory();
    prediction();
    progress();
    errors();
    findings();
    plan();
    recommendations();
    left_out();
    cost();
    if (style_.short_form) more();
    return std::move(text_);
  }

 private:
  void line(std::string_view text) {
    text_ += text;
    text_ += '\n';
  }
  std::string inked(Ink ink, std::string_view text) const {
    if (!style_.color || ink == Ink::plain) return std::string{text};
    return std::string{code_of(ink)} + std::string{text} + "\x1b[0m";
  }
  /// "Label     text", wrapped under itself in the long form, cut in the short one.
  void labelled(std::string_view label, std::string_view text) {
    const auto safe = escape_for_terminal(text);
    const auto body = style_.short_form ? cut_to(safe, width_ - kLabelColumns)
                                        : wrap(safe, width_, kLabelColumns, kLabelColumns);
    line(inked(Ink::bold, fmt::format("{:<{}}", label, kLabelColumns)) + body);
  }
  void item(std::string_view mark, std::size_t indent, std::string_view text,
            Ink ink = Ink::plain) {
    const auto prefix = std::string(indent, ' ') + std::string{mark};
    const auto safe = escape_for_terminal(text);
    const auto body = style_.short_form ? cut_to(safe, width_ - prefix.size())
                                        : wrap(safe, width_, prefix.size(), prefix.size());
    line(prefix + inked(ink, body));
  }

  void job();
  void exit();
  void memory();
  void parts();
  void other_pools();
  void ledger();
  void prediction();
  void progress();
  void errors();
  void error_line(std::string_view mark, const LogErrorRecord& error);
  void findings();
  void finding(const Finding& finding);
  void plan();
  void recommendations();
  void recommendation(const Recommendation& advice);
  void left_out();
  std::string interval(const Range& peak) const;
  void drops();
  void cost();
  void more();

  const Report& report_;
  const Analysis& analysis_;
  TextStyle style_;
  std::size_t width_;
  std::string text_{};
};

void Page::job() {
  const auto& info = analysis_.facts.info;
  auto text = fmt::format("{}, run {}", info.job_name.empty() ? report_.run.job_id : info.job_name,
                          report_.run.number);
  if (!info.host.empty()) text += " on " + info.host;
  labelled("Job", text);
}

void Page::exit() {
  const auto& exit = analysis_.exit;
  auto text = std::string{name_of(exit.kind)};
  if (exit.kind == ExitKind::none) text = "still runs";
  if (exit.signal)
    text += " (" + signal_name(*exit.signal) + ")";
  else if (exit.code)
    text += fmt::format(" (code {})", *exit.code);
  if (style_.short_form) {
    if (!exit.evidence.empty()) text += ": " + exit.evidence.front();
    labelled("Exit", text);
    return;
  }
  labelled("Exit", text);
  for (const auto& sentence : exit.evidence) item("- ", 2, sentence);
}

void Page::memory() {
  const auto& pool = analysis_.summary.limiting_pool;
  if (!pool) {
    labelled("Memory", analysis_.facts.sample_count == 0 ? "not one sample was recorded"
                                                         : "no pool with a limit was seen");
    return;
  }
  auto text = fmt::format("peak {} of {} ({}), {}", format_bytes(pool->peak),
                          format_bytes(pool->limit), format_percent(pool->fraction()), pool->name);
  if (pool->confirmed)
    text += "; exact: the kernel's watermark agrees";
  else if (pool->bound)
    text += fmt::format("; at most {} by the kernel's watermark", format_bytes(*pool->bound));
  labelled("Memory", text);
  parts();
  other_pools();
  ledger();
}

// What else has a limit on a device: two coherent pools and several cards are to be seen together.
void Page::other_pools() {
  const auto& limiting = *analysis_.summary.limiting_pool;
  if (style_.short_form) return;
  const auto has_device = [](const PoolPeak& pool) { return pool.kind == PoolKind::gpu; };
  if (std::ranges::none_of(analysis_.facts.pools, has_device)) return;
  std::string text;
  for (const auto& pool : analysis_.facts.pools) {
    const bool is_limiting = pool.kind == limiting.kind && pool.name == limiting.name;
    if (is_limiting || pool.kind == PoolKind::process || pool.kind == PoolKind::shm) continue;
    text += fmt::format("{}{} {} of {} ({})", text.empty() ? "" : "; ", pool.name,
                        format_bytes(pool.peak), format_bytes(pool.limit),
                        format_percent(pool.fraction()));
  }
  if (!text.empty()) labelled("Pools", text);
}

void Page::ledger() {
  const auto& ledger = analysis_.ledger;
  if (style_.short_form || !ledger) return;
  auto text = fmt::format("{} used of the machine's memory", format_bytes(ledger->used));
  for (std::size_t i = 0; i < ledger->parts.size(); ++i) {
    const auto& [part, held] = ledger->parts[i];
    text += fmt::format(" {} {} {}",
                        i == 0           ? "="
                        : held.count < 0 ? "-"
                                         : "+",
                        people_name(part), format_bytes(Bytes{std::abs(held.count)}));
  }
  labelled("Ledger", text);
}

void Page::parts() {
  constexpr std::size_t kNameColumns = 20;
  constexpr std::size_t kFixedColumns = 2 + kNameColumns + 10 + 7;  // indent, name, size, percent
  const auto& pool = *analysis_.summary.limiting_pool;
  const std::size_t bar_width =
      std::min(width_ > kFixedColumns + 2 ? width_ - kFixedColumns - 2 : 0, kWidestBar);
  std::size_t shown = 0;
  for (const auto& part : analysis_.breakdown) {
    if (style_.short_form && shown++ == kShortParts) break;
    const double share = ratio(part.held, pool.peak);
    const auto name = cut_to(escape_for_terminal(people_name(part.component)), kNameColumns);
    auto text = fmt::format("  {:<{}}{:>10}{:>6}", name, kNameColumns, format_bytes(part.held),
                            format_percent(share));
    if (bar_width >= 5) text += "  " + bar(share, bar_width);
    line(text);
  }
}

// This run against what was said of its settings before it began.
void Page::prediction() {
  const auto& check = report_.prediction_check;
  if (!check) return;
  labelled("Predicted", check_sentence(*check));
  const auto others = other_changes_sentence(*check);
  if (!style_.short_form && !others.empty()) item("- ", 2, others);
}

void Page::progress() {
  const auto& summary = analysis_.summary;
  auto text = summary.steps_completed > 0 || summary.total_steps
                  ? std::to_string(summary.steps_completed)
                  : std::string{"none seen"};
  if (summary.total_steps) text += fmt::format(" of {}", *summary.total_steps);
  text += " in " + format_duration(summary.duration_minutes * 60);
  if (summary.steps_per_second) text += fmt::format(", {:.3g} steps/s", *summary.steps_per_second);
  labelled("Steps", text);
}

void Page::finding(const Finding& finding) {
  item(fmt::format("{:<10}", name_of(finding.severity)), 2, finding.title,
       ink_of(finding.severity));
  if (style_.short_form) return;
  item("", 12, finding.explanation);
  for (const auto& evidence : finding.evidence) {
    // The exit's evidence stands above already.
    if (evidence.source == "exit") continue;
    auto text = evidence.text;
    if (evidence.value && evidence.unit == "GB" && evidence.text.find(" GB") == std::string::npos)
      text += ": " + format_bytes(from_gib(*evidence.value));
    item("- ", 12, text);
  }
}

void Page::findings() {
  if (analysis_.findings.empty()) return;
  if (!style_.short_form) line(inked(Ink::bold, "Findings"));
  std::size_t shown = 0;
  for (const auto& one : analysis_.findings) {
    if (style_.short_form && shown++ == kShortFindings) return;
    finding(one);
  }
}

std::string Page::interval(const Range& peak) const {
  return fmt::format("{} ({} to {})", format_bytes(to_bytes(peak.likely)),
                     format_bytes(to_bytes(peak.low)), format_bytes(to_bytes(peak.high)));
}

// The few changes that suffice together, before all that could be changed.
void Page::plan() {
  const auto& plan = analysis_.plan;
  if (!plan) return;
  const auto target = format_bytes(plan->target);
  labelled("Plan",
           plan->fits
               ? fmt::format("predicted peak {}, at most {} wanted", interval(plan->peak), target)
               : fmt::format("no change of settings is sure to fit under {}; the most that "
                             "they do: {}",
                             target, interval(plan->peak)));
  for (const auto& id : plan->recommendations) {
    const auto found = std::ranges::find(analysis_.recommendations, id, &Recommendation::id);
    if (found != analysis_.recommendations.end()) item("+ ", 2, found->action);
  }
  if (!style_.short_form && !plan->cost.empty()) item("Price: ", 4, plan->cost);
  if (!style_.short_form && analysis_.model && !analysis_.model->learned_from.empty())
    item("Basis: ", 4, learned_sentence(*analysis_.model));
  if (!style_.short_form && analysis_.model)
    for (const auto& unknown : analysis_.model->not_known) item("Not known: ", 4, unknown);
}

// In the long form: why what people usually try is not here.
void Page::left_out() {
  if (style_.short_form || analysis_.left_out.empty()) return;
  line(inked(Ink::bold, "Not recommended"));
  for (const auto& one : analysis_.left_out) item("- ", 2, one.id + ": " + one.why);
}

void Page::recommendation(const Recommendation& advice) {
  const auto mark = fmt::format("{}. ", advice.priority);
  if (style_.short_form) {
    item(mark, 2, advice.action);
    return;
  }
  const std::size_t indent = 2 + mark.size();
  item(mark, 2, advice.title, ink_of(advice.severity));
  item("", indent, advice.action);
  if (advice.config_path) item("", indent, *advice.config_path);
  if (!advice.impact.empty()) item("Effect: ", indent, advice.impact);
  if (!advice.cost.empty()) item("Cost: ", indent, advice.cost);
}

void Page::recommendations() {
  if (analysis_.recommendations.empty()) return;
  if (style_.short_form && analysis_.plan && !analysis_.plan->recommendations.empty())
    return;  // the plan stands for them
  if (!style_.short_form) line(inked(Ink::bold, "Recommendations"));
  std::size_t shown = 0;
  for (const auto& one : analysis_.recommendations) {
    if (style_.short_form && shown++ == kShortRecommendations) return;
    recommendation(one);
  }
}

void Page::drops() {
  const auto& drops = analysis_.facts.drops;
  std::string text;
  for (std::size_t i = 0; i < kDropKinds; ++i) {
    const auto why = static_cast<Drop>(i);
    if (drops.of(why) > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name_of(why), drops.of(why));
  }
  if (!text.empty()) labelled("Dropped", text);
}

void Page::cost() {
  const auto& end = analysis_.facts.end;
  if (style_.short_form || !end || (!end->monitor_cpu_seconds && !end->monitor_pss)) return;
  std::string text = "used ";
  if (end->monitor_cpu_seconds) text += format_duration(*end->monitor_cpu_seconds) + " of CPU time";
  if (end->monitor_cpu_seconds && end->monitor_pss) text += " and ";
  if (end->monitor_pss) text += format_bytes(*end->monitor_pss) + " of memory";
  labelled("Monitor", text);
}

void Page::errors() {
  const auto& errors = report_.log_errors;
  if (style_.short_form || errors.empty()) return;
  const auto failed = std::ranges::count_if(
      errors, [](const auto& error) { return error.said.severity != LogSeverity::warning; });
  const auto warned = static_cast<std::ptrdiff_t>(errors.size()) - failed;
  auto count = std::to_string(failed);
  if (warned > 0) count += fmt::format(", and {} warning{}", warned, warned == 1 ? "" : "s");
  labelled("Errors", count);
  // What decided the run first, then the last of the others; warnings only where nothing else was.
  std::vector<const LogErrorRecord*> shown;
  const auto& deciding = analysis_.facts.deciding;
  for (auto error = errors.rbegin(); error != errors.rend() && shown.size() < kMostErrors;
       ++error) {
    const bool decides = deciding && error->said.decides && error->said.line == deciding->line &&
                         error->said.message == deciding->message;
    if (!decides && (error->said.severity != LogSeverity::warning || failed == 0))
      shown.push_back(&error->said);
  }
  if (deciding) error_line("> ", *deciding);
  if (deciding && shown.size() == kMostErrors) shown.pop_back();
  std::ranges::reverse(shown);
  for (const auto* error : shown) error_line("- ", *error);
}

void Page::error_line(std::string_view mark, const LogErrorRecord& error) {
  std::string place;
  if (error.line) place = fmt::format("line {}", *error.line);
  if (error.line && error.step) place += fmt::format(", step {}", *error.step);
  if (error.count > 1) place += fmt::format("{}{} times", place.empty() ? "" : ", ", error.count);
  auto text = error.exception;
  if (!text.empty() && !error.message.empty()) text += ": ";
  text += error.message;
  item(mark, 2, place.empty() ? text : text + " (" + place + ")");
}

// A word that a shell takes as it stands; "last" where neither name nor id is one.
void Page::more() {
  for (const auto& word :
       {analysis_.facts.info.job_name, report_.run.job_id, std::string{"last"}}) {
    const bool plain =
        !word.empty() && word.front() != '-' && std::ranges::all_of(word, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '-' || c == '.';
        });
    if (!plain) continue;
    labelled("More", "tidemark report " + word);
    return;
  }
}

}  // namespace

std::string report_text(const Report& report, const TextStyle& style) {
  return Page{report, style}.write();
}

}  // namespace tidemark
