#include <gtest/gtest.h>

#include "report/html_text.h"
#include "report/memory_chart.h"
#include "report/report.h"

namespace tidemark {
namespace {

Report small_report() {
  Report report;
  report.run = {.id = 1, .job_id = "1a", .number = 2};
  auto& analysis = report.analysis;
  analysis.facts.info.job_name = "<script>alert(1)</script>";
  analysis.summary.verdict = "Out of memory & gone.";
  analysis.summary.limiting_pool = PoolPeak{
      .kind = PoolKind::cgroup, .name = "container limit", .limit = gib(2), .peak = gib(1)};
  analysis.breakdown = {{"ema", mib(256), Basis::computed, "x"},
                        {"main_process", mib(768), Basis::measured, "y"}};
  analysis.plan = Plan{.recommendations = {"disable_ema"},
                       .changes = {{"config.process[0].train.ema_config.use_ema", false}},
                       .peak = {1e9, 1.1e9, 1.2e9},
                       .target = gib(1),
                       .fits = false,
                       .cost = "a \"price\""};
  for (int i = 0; i < 3; ++i) {
    SampleRow row;
    row.unix_seconds = 1'700'000'000 + i;
    row.cgroup_limit = gib(2);
    if (i != 1) row.cgroup_working_set = mib(512 * (i + 1));
    report.timeline.push_back(row);
  }
  return report;
}

TEST(ReportHtml, hostile_names_stay_text_and_nothing_is_loaded) {
  const auto html = report_html(small_report());
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(html.find("Out of memory &amp; gone."), std::string::npos);
  for (const auto* outside : {"http:", "https:", "src=", "@import", "url("})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  EXPECT_TRUE(html.ends_with("</html>\n"));
}

TEST(ReportHtml, the_plan_says_that_it_does_not_fit) {
  const auto html = report_html(small_report());
  EXPECT_NE(html.find("No change of settings is sure to fit."), std::string::npos);
  EXPECT_NE(html.find("config.process[0].train.ema_config.use_ema"), std::string::npos);
  EXPECT_NE(html.find("a &quot;price&quot;"), std::string::npos);
}

TEST(MemoryChart, a_gap_in_the_samples_is_a_gap_in_the_line) {
  const auto svg = memory_chart(small_report());
  const auto path = svg.find("class=\"pool\" d=\"");
  ASSERT_NE(path, std::string::npos);
  const auto data = svg.substr(path + 16, svg.find('"', path + 16) - path - 16);
  EXPECT_EQ(std::count(data.begin(), data.end(), 'M'), 2) << data;
}

TEST(MemoryChart, without_samples_there_is_none) {
  Report report;
  EXPECT_EQ(memory_chart(report), "");
  EXPECT_NE(report_html(report).find("<h1"), std::string::npos);
}

TEST(HtmlText, markup_and_control_characters_are_escaped) {
  EXPECT_EQ(html_text("<a href='x'>\"&\x1b[31m"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\\x1b[31m");
}

}  // namespace
}  // namespace tidemark
