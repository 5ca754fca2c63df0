#include <fmt/format.h>

#include <algorithm>

#include "report/component_names.h"
#include "report/html_text.h"
#include "report/memory_chart.h"
#include "report/prediction_words.h"
#include "report/report.h"

namespace tidemark {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1b1f24;--paper:#fff;--soft:#5d6670;--line:#dfe3e8;--bar:#3b76c4;--red:#c0392b;--amber:#b9770e;--green:#1e8449}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14171b;--soft:#98a2ad;--line:#2c3238;--bar:#5b93de;--red:#ec7063;--amber:#f0b34a;--green:#58d68d}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:960px;margin:2em auto;padding:0 1em}
h1{font-size:1.25em;line-height:1.35}h2{font-size:1.05em;margin:1.6em 0 .4em;border-bottom:1px solid var(--line)}
.critical{color:var(--red)}.warning{color:var(--amber)}.good{color:var(--green)}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%}td{padding:.15em .5em .15em 0;vertical-align:top}td.n{text-align:right;white-space:nowrap}
.bar{background:var(--bar);height:.8em;border-radius:2px}.barcell{width:40%}
li{margin:.3em 0}code{font-family:ui-monospace,monospace;font-size:.92em}
svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}svg path{fill:none;stroke-width:1.6}
.grid{stroke:var(--line)}.limit{stroke:var(--red);stroke-dasharray:5 4}.pool{stroke:var(--bar)}.main{stroke:var(--green)}.workers{stroke:var(--amber)}
rect.sampling{fill:var(--bar);opacity:.12}rect.checkpoint_save{fill:var(--amber);opacity:.15}
)";

std::string_view class_of(Severity severity) {
  return severity == Severity::critical  ? "critical"
         : severity == Severity::warning ? "warning"
                                         : "soft";
}

std::string value_text(const ConfigValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>)
          return "-";
        else if constexpr (std::is_same_v<Held, std::string>)
          return held;
        else
          return fmt::format("{}", held);
      },
      value);
}

std::string range_text(const Range& peak) {
  return fmt::format("{} ({} to {})", format_bytes(to_bytes(peak.likely)),
                     format_bytes(to_bytes(peak.low)), format_bytes(to_bytes(peak.high)));
}

std::string head(const Report& report) {
  const auto& analysis = report.analysis;
  const auto& info = analysis.facts.info;
  return fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title><style>{1}</style></head><body>"
      "<h1 class=\"{2}\">{3}</h1><p class=\"soft\">{0}, run {4}{5}</p>",
      html_text(info.job_name.empty() ? report.run.job_id : info.job_name), kStyle,
      name_of(analysis.summary.health), html_text(analysis.summary.verdict), report.run.number,
      info.host.empty() ? "" : " on " + html_text(info.host));
}

std::string breakdown(const Analysis& analysis) {
  if (analysis.breakdown.empty() || !analysis.summary.limiting_pool) return {};
  const auto& pool = *analysis.summary.limiting_pool;
  auto html = fmt::format("<h2>Memory: {} of {} at the peak ({})</h2><table>",
                          format_bytes(pool.peak), format_bytes(pool.limit), html_text(pool.name));
  for (const auto& part : analysis.breakdown)
    html += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"barcell\"><div class=\"bar\" "
        "style=\"width:{:.1f}%\"></div></td><td class=\"soft\">{}: {}</td></tr>",
        html_text(people_name(part.component)), format_bytes(part.held),
        100 * ratio(part.held, pool.peak), name_of(part.basis), html_text(part.detail));
  return html + "</table>";
}

std::string prediction(const Report& report) {
  if (!report.prediction_check) return {};
  const auto& check = *report.prediction_check;
  return fmt::format("<h2>Predicted and actual</h2><p class=\"{}\">{}</p><p class=\"soft\">{}</p>",
                     check.within() ? "good" : "warning", html_text(check_sentence(check)),
                     html_text(other_changes_sentence(check)));
}

std::string chart(const Report& report) {
  const auto svg = memory_chart(report);
  if (svg.empty()) return {};
  return "<h2>Over time</h2>" + svg +
         "<p class=\"soft\">Blue: the pool. Green: the main process. Amber: the workers. Dashed: "
         "the "
         "limit. Bands: sampling and saving.</p>";
}

std::string evidence_list(const std::vector<Evidence>& evidence) {
  std::string html = "<ul class=\"soft\">";
  for (const auto& one : evidence) {
    auto text = one.text;
    if (one.value && one.unit == "GB" && one.text.find(" GB") == std::string::npos)
      text += ": " + format_bytes(from_gib(*one.value));
    html += "<li>" + html_text(text) + "</li>";
  }
  return html + "</ul>";
}

std::string findings(const Analysis& analysis) {
  if (analysis.findings.empty()) return {};
  std::string html = "<h2>Findings</h2><ul>";
  for (const auto& one : analysis.findings)
    html += fmt::format(
        "<li><b class=\"{}\">{}</b> <span class=\"soft\">{}, {}</span><br>{}{}</li>",
        class_of(one.severity), html_text(one.title), html_text(one.id),
        format_percent(one.confidence), html_text(one.explanation), evidence_list(one.evidence));
  return html + "</ul>";
}

std::string plan(const Analysis& analysis) {
  if (!analysis.plan) return {};
  const auto& chosen = *analysis.plan;
  auto html = fmt::format(
      "<h2>Plan</h2><p class=\"{}\">{} Predicted peak {}; at most {} wanted.</p>"
      "<table>",
      chosen.fits ? "good" : "warning",
      chosen.fits ? "These few changes suffice together." : "No change of settings is sure to fit.",
      range_text(chosen.peak), format_bytes(chosen.target));
  for (const auto& change : chosen.changes)
    html += fmt::format("<tr><td><code>{}</code></td><td><code>{}</code></td></tr>",
                        html_text(change.path), html_text(value_text(change.value)));
  html += "</table><p class=\"soft\">Price: " + html_text(chosen.cost) + "</p>";
  if (analysis.model && !analysis.model->learned_from.empty())
    html += "<p class=\"soft\">Basis: " + html_text(learned_sentence(*analysis.model)) + "</p>";
  return html;
}

std::string recommendations(const Analysis& analysis) {
  std::string html;
  for (const auto& one : analysis.recommendations) {
    html += fmt::format("<li><b class=\"{}\">{}</b><br>{}", class_of(one.severity),
                        html_text(one.title), html_text(one.action));
    if (one.config_path)
      html += fmt::format("<br><code>{}: {} &rarr; {}</code>", html_text(*one.config_path),
                          html_text(value_text(one.current_value)),
                          html_text(value_text(one.recommended_value)));
    html += "<br>" + html_text(one.impact);
    if (!one.cost.empty())
      html += "<br><span class=\"soft\">Price: " + html_text(one.cost) + "</span>";
    html += "</li>";
  }
  if (!html.empty()) html = "<h2>Recommendations</h2><ol>" + html + "</ol>";
  if (analysis.left_out.empty()) return html;
  html += "<h2>Not recommended</h2><ul class=\"soft\">";
  for (const auto& one : analysis.left_out)
    html += fmt::format("<li>{}: {}</li>", html_text(one.id), html_text(one.why));
  return html + "</ul>";
}

std::string errors(const Report& report) {
  if (report.log_errors.empty()) return {};
  constexpr std::size_t kMost = 20;
  std::string html = "<h2>What the output said</h2><ul>";
  for (std::size_t i = 0; i < std::min(report.log_errors.size(), kMost); ++i) {
    const auto& said = report.log_errors[i].said;
    html += "<li><code>" +
            html_text(said.exception + (said.exception.empty() ? "" : ": ") + said.message) +
            "</code></li>";
  }
  return html + "</ul>";
}

/// A name as one segment of an address (RFC 3986: all but the unreserved is encoded).
std::string url_segment(std::string_view name) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string segment;
  for (const char c : name)
    segment +=
        kPlain.contains(c) ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return segment;
}

}  // namespace

std::string report_html(const Report& report) {
  const auto& analysis = report.analysis;
  return head(report) + breakdown(analysis) + prediction(report) + chart(report) +
         findings(analysis) + plan(analysis) + recommendations(analysis) + errors(report) +
         "</body></html>\n";
}

std::string job_list_html(const std::vector<ListedJob>& jobs) {
  auto html = fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Tidemark</title><style>{}</style></head><body>"
      "<h1>Jobs</h1>",
      kStyle);
  if (jobs.empty())
    return html +
           "<p>Nothing is recorded yet: <code>tidemark run -- COMMAND</code> records a run."
           "</p></body></html>\n";
  html += "<table><tr class=\"soft\"><td>Job</td><td>Status</td><td>Health</td><td>Peak</td></tr>";
  for (const auto& [job, status] : jobs) {
    const auto health = job.health_score.value_or("");
    html += fmt::format(
        "<tr><td><a href=\"/jobs/{}\">{}</a></td><td>{}</td><td "
        "class=\"{}\">{}</td><td>{}</td></tr>",
        url_segment(job.job_id), html_text(job.name.empty() ? job.job_id : job.name),
        name_of(status), html_text(health), html_text(health.empty() ? "-" : health),
        job.peak_memory_gb ? format_bytes(from_gib(*job.peak_memory_gb)) : "-");
  }
  return html + "</table></body></html>\n";
}

}  // namespace tidemark
