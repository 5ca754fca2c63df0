// Any bytes in any pieces, through both readers: nothing is read outside, memory stays bounded,
// steps rise, texts are short and valid, and what decided the run is one of the findings.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/utf8.h"
#include "logscan/logscan.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_live(std::string_view text, std::size_t piece) {
  tidemark::OutputReader reader;
  double now = 1e9;
  for (std::size_t at = 0; at < text.size(); at += piece, now += 0.5)
    reader.feed(text.substr(at, piece), now);
  auto steps = reader.take_steps();
  reader.finish();
  for (auto& step : reader.take_steps()) steps.push_back(step);
  for (const auto& step : steps) {
    require(step.step >= 0 && step.source == tidemark::StepSource::bar);
    require(step.unix_seconds >= 1e9 && step.unix_seconds <= now);
  }
}

void require_fit(const std::string& text, std::size_t most) {
  require(text.size() <= most && tidemark::to_valid_utf8(text, text.size() + 1) == text);
}

void require_sound(const tidemark::LogSummary& summary, std::string_view text) {
  require(summary.bytes == text.size() && summary.findings.size() <= 300);
  require(summary.deciding.has_value() == (summary.level != tidemark::LogLevel::none));
  require(!summary.deciding || *summary.deciding < summary.findings.size());
  for (const auto& finding : summary.findings) {
    require_fit(finding.message, 500);
    require_fit(finding.exception, 120);
    require_fit(finding.traceback, 1500);
    require(finding.count >= 1 && finding.first.byte_offset <= text.size());
    require(finding.first.line <= finding.last.line && finding.chain.size() <= 8);
    require(!finding.figures.requested || finding.figures.requested->count >= 0);
  }
}

void require_sound(const tidemark::OutputVerdict& verdict) {
  if (!verdict.exception) return;
  require_fit(verdict.exception->message, 500);
  require_fit(verdict.exception->type, 120);
}

/// How the bytes are cut must not matter, and passing over lines hides nothing that went wrong.
void read_log(std::string_view text, std::size_t piece) {
  tidemark::LogReader whole, cut, passed_over;
  whole.feed(text, 1e9);
  passed_over.feed(text);
  require(passed_over.summary().findings.size() == whole.summary().findings.size());
  std::int64_t last_step = -1;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    cut.feed(text.substr(at, piece), 1e9);
    for (const auto& step : cut.take_line_steps()) {
      require(step.step >= last_step && step.unix_seconds == 1e9);
      last_step = step.step;
    }
  }
  require(cut.bytes() == text.size() && cut.errors_seen() <= text.size());
  const auto summary = whole.summary(), other = cut.summary();
  require_sound(summary, text);
  require_sound(other, text);
  require(summary.primary == other.primary && summary.last_step == other.last_step);
  require(summary.findings.size() == other.findings.size());
  require_sound(whole.verdict());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)tidemark::parse_progress_bar(text);
  // The first byte says how the rest is cut into pieces.
  const std::size_t piece = size == 0 ? 1 : std::size_t{data[0]} + 1;
  read_live(text, piece);
  read_log(text, piece);
  read_log("\xFF\xFE" + std::string{text}, piece);
  return 0;
}
