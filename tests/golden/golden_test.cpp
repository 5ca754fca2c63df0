// Known run in, expected report out, byte for byte. tools/bless_golden accepts a change on purpose.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "golden/golden_input.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

const fs::path kGoldenFolder = TIDEMARK_GOLDEN_FOLDER;

std::vector<std::string> golden_runs() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{kGoldenFolder})
    if (fs::exists(entry.path() / "input.json")) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

std::string read_text(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void expect_text(const fs::path& file, const std::string& text) {
  if (std::getenv("TIDEMARK_BLESS") != nullptr) {
    std::ofstream{file, std::ios::binary} << text;
    return;
  }
  ASSERT_TRUE(fs::exists(file)) << file << " is missing: tools/bless_golden writes it";
  const auto expected = read_text(file);
  if (expected == text) return;
  std::istringstream was{expected}, is{text};
  std::string old_line, new_line;
  int number = 0;
  do {
    ++number;
    old_line.clear();
    new_line.clear();
    std::getline(was, old_line);
    std::getline(is, new_line);
  } while (old_line == new_line && (was || is));
  FAIL() << file.string() << ":" << number << "\n  expected: " << old_line
         << "\n  is:       " << new_line;
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "tidemark-golden-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_{};
};

TEST_P(Golden, the_report_is_the_expected_one) {
  const auto run = kGoldenFolder / GetParam();
  const auto report = report_of_golden_run(run / "input.json", folder_);
  expect_text(run / "report.json", report_json(report, 2) + "\n");
  expect_text(run / "report.txt", report_text(report, {.width = 80}));
  expect_text(run / "short.txt", report_text(report, {.width = 80, .short_form = true}));
}

// What the server answers of a run that has a plan; the web UI's tests read the same files.
TEST_P(Golden, the_answers_about_its_plan_are_the_expected_ones) {
  const auto run = kGoldenFolder / GetParam();
  const auto report = report_of_golden_run(run / "input.json", folder_);
  const auto& analysis = report.analysis;
  if (!analysis.plan) return;
  const auto answer = ask_whatif(report, analysis.plan->changes);
  ASSERT_TRUE(answer) << answer.error().message;
  fs::create_directories(run / "api");
  expect_text(run / "api" / "whatif.json", whatif_json(*answer, 2) + "\n");
  const auto change = change_config(report, {"the stored config", analysis.facts.info.config_json},
                                    analysis.plan->changes);
  ASSERT_TRUE(change) << change.error().message;
  expect_text(run / "api" / "config.json", config_change_json(*change, 2) + "\n");
}

TEST_P(Golden, the_breakdown_adds_up_to_the_peak) {
  const auto report = report_of_golden_run(kGoldenFolder / GetParam() / "input.json", folder_);
  if (report.analysis.breakdown.empty()) return;
  Bytes sum{};
  for (const auto& part : report.analysis.breakdown) sum += part.held;
  EXPECT_EQ(sum, report.analysis.summary.limiting_pool->peak);
}

INSTANTIATE_TEST_SUITE_P(runs, Golden, testing::ValuesIn(golden_runs()),
                         [](const auto& one) { return one.param; });

TEST(GoldenFolder, it_holds_runs) {
  EXPECT_GE(golden_runs().size(), 8U);
}

}  // namespace
}  // namespace tidemark
