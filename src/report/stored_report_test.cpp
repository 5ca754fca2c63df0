#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>

#include "report/contract_parts.h"
#include "report/judged_by.h"
#include "report/report.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

class StoredReportJson : public ::testing::Test {
 protected:
  StoredReportJson() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_stored_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store_.emplace(Store::open(folder_ / "m.db").value());
    RunInfo info;
    info.job_id = "job";
    info.anchor.wall = WallTime{static_cast<std::int64_t>(synthetic::kStart) * 1'000'000'000};
    key_ = store_->begin_run(info).value();
    WriteGroup group;
    for (int i = 0; i < 300; ++i) {
      group.add(synthetic::sample({}, i, 300 + i, true));
      group.add(StepRecord{.step = i, .unix_seconds = synthetic::kStart + i, .loss = 0.5});
    }
    group.add(EventRecord{.unix_seconds = synthetic::kStart + 9, .type = "sampling_start"});
    EXPECT_TRUE(store_->write(key_, group, {}));
  }
  ~StoredReportJson() override { std::filesystem::remove_all(folder_); }

  void end_run() {
    EXPECT_TRUE(store_->end_run(
        key_,
        {.unix_seconds = synthetic::kStart + 300, .exit = {.kind = ExitKind::completed, .code = 0}},
        {}));
  }
  StoredRun run() { return store_->run("job").value(); }
  void store_report(double created_at) {
    const auto report = build_report(*store_, run()).value();
    EXPECT_TRUE(store_->save_report(key_, to_stored(report, created_at)));
  }

  std::filesystem::path folder_;
  std::optional<Store> store_;
  RunKey key_{};
};

TEST_F(StoredReportJson, it_is_the_answer_that_would_be_made_anew) {
  end_run();
  store_report(synthetic::kStart + 301);
  const auto stored = stored_report_json(*store_, run(), 50);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ(**stored, report_json(build_report(*store_, run(), {.timeline_points = 50}).value()));
}

TEST_F(StoredReportJson, of_a_run_that_had_not_ended_then_there_is_none) {
  store_report(synthetic::kStart + 100);
  EXPECT_FALSE(stored_report_json(*store_, run(), 50)->has_value()) << "it goes on";
  end_run();
  EXPECT_FALSE(stored_report_json(*store_, run(), 50)->has_value()) << "the report is older";
}

TEST_F(StoredReportJson, what_another_version_said_is_made_anew) {
  end_run();
  auto report = to_stored(build_report(*store_, run()).value(), synthetic::kStart + 301);
  const auto maker = "{\"judged_by\":\"" + std::string{judged_by()} + "\",";
  ASSERT_TRUE(report.analysis.starts_with(maker));
  for (const auto* other : {"{", "{\"judged_by\":\"0.0.9 0123456789ab\","}) {
    auto older = report;
    older.analysis.replace(0, maker.size(), other);
    ASSERT_TRUE(nlohmann::json::accept(older.analysis));
    ASSERT_TRUE(store_->save_report(key_, older));
    EXPECT_FALSE(stored_report_json(*store_, run(), 50)->has_value()) << other;
  }
  ASSERT_TRUE(store_->save_report(key_, report));
  EXPECT_TRUE(stored_report_json(*store_, run(), 50)->has_value());
}

TEST_F(StoredReportJson, what_another_hand_wrote_is_not_passed_on) {
  end_run();
  EXPECT_FALSE(stored_report_json(*store_, run(), 50)->has_value()) << "no report";
  for (const char* text : {"", "{", "[]", "{\"a\": }", "{} {}"}) {
    StoredReport report{.created_at = synthetic::kStart + 400, .summary = "{}"};
    report.recommendations = "[]";
    report.analysis = *text == '{' ? with_maker(text) : text;
    ASSERT_TRUE(store_->save_report(key_, report));
    EXPECT_FALSE(stored_report_json(*store_, run(), 50)->has_value()) << text;
  }
}

}  // namespace
}  // namespace tidemark
