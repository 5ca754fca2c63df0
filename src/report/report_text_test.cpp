#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <sstream>

#include "report/report.h"
#include "report/text_layout.h"

namespace tidemark {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Report full_report() {
  SampleRow sample;
  sample.unix_seconds = 1'700'000'000;
  sample.total = gib(64);
  sample.used = gib(20);
  sample.cgroup_limit = gib(8);
  sample.cgroup_working_set = gib(8);
  sample.main_rss = sample.main_process = gib(2);
  sample.worker_count = 4;
  sample.worker = sample.worker_uss = gib(5);
  sample.process_basis = PssBasis::measured;
  RunInfo info;
  info.job_name = "lora\x1b]0;owned\x07";
  DropCounters drops;
  drops.add(Drop::queue_full, 7);
  FactsBuilder builder{info, 2,
                       RunEnd{.unix_seconds = 1'700'000'060,
                              .exit = {.kind = ExitKind::oom_killed,
                                       .signal = SIGKILL,
                                       .evidence = {"strong \x1b[2J evidence", "weaker evidence"}},
                              .monitor_cpu_seconds = 1.25,
                              .monitor_pss = mib(9)},
                       drops};
  builder.add(sample);
  Report report;
  report.run = {.id = 1, .job_id = "id", .number = 2};
  report.analysis = analyze(std::move(builder).finish(), nullptr);
  return report;
}

TEST(ReportText, the_first_line_is_the_verdict) {
  const auto report = full_report();
  EXPECT_EQ(lines_of(report_text(report, {})).front(), report.analysis.summary.verdict);
}

TEST(ReportText, nothing_hostile_reaches_the_terminal) {
  const auto text = report_text(full_report(), {});
  EXPECT_EQ(std::ranges::count_if(
                text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }),
            0);
  EXPECT_NE(text.find("lora\\x1b]0;owned\\x07"), std::string::npos);
}

TEST(ReportText, colour_comes_only_when_it_is_asked_for) {
  EXPECT_EQ(report_text(full_report(), {.color = false}).find('\x1b'), std::string::npos);
  EXPECT_NE(report_text(full_report(), {.color = true}).find("\x1b[1;31m"), std::string::npos);
}

TEST(ReportText, lines_fit_the_width) {
  for (const int width : {40, 60, 80, 120}) {
    const auto lines = lines_of(report_text(full_report(), {.width = width}));
    for (std::size_t i = 1; i < lines.size(); ++i)  // the verdict is one line whatever its length
      EXPECT_LE(columns_of(lines[i]), static_cast<std::size_t>(width)) << lines[i];
  }
}

TEST(ReportText, the_short_form_fits_beside_a_prompt) {
  const auto lines = lines_of(report_text(full_report(), {.short_form = true}));
  EXPECT_LE(lines.size(), 15U);
  EXPECT_GE(lines.size(), 8U);
}

TEST(ReportText, drops_and_own_cost_are_told) {
  const auto text = report_text(full_report(), {});
  EXPECT_NE(text.find("queue_full 7"), std::string::npos);
  EXPECT_NE(text.find("1.2s of CPU time and 9 MB of memory"), std::string::npos);
}

TEST(ReportText, a_name_that_a_shell_would_obey_is_not_offered_to_it) {
  auto report = full_report();
  EXPECT_NE(report_text(report, {.short_form = true}).find("tidemark report id\n"),
            std::string::npos);
  report.run.job_id = "$(reboot)";
  EXPECT_NE(report_text(report, {.short_form = true}).find("tidemark report last\n"),
            std::string::npos);
}

TEST(ReportText, a_run_without_anything_is_still_told) {
  Report report;
  report.run.job_id = "id";
  report.analysis = analyze(RunFacts{}, nullptr);
  const auto text = report_text(report, {});
  EXPECT_NE(text.find("not one sample was recorded"), std::string::npos);
  EXPECT_NE(text.find("none seen"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
