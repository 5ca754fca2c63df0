// What the tests of routes share: a database with one run of `job/1`, and a site over it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/server.h"

namespace tidemark {

inline constexpr double kStart = 1'700'000'000;

/// A database with one run of `a job`, and a site over it.
class SiteTest : public ::testing::Test {
 protected:
  SiteTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_site_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    record();
    options_.database = folder_ / "metrics.db";
    options_.access.token = "secret";
    options_.ticket = "once";
    options_.unended = [this](const StoredRun& run) {
      return run.end ? std::nullopt : std::optional{unended_};
    };
    options_.unix_now = [this] { return now_; };
    options_.config_text = [this](const RunInfo&) -> Result<ConfigText> {
      if (config_.empty()) return fail(Errc::not_found, "no config is known of this run");
      return ConfigText{"job.yaml", config_};
    };
    site_.emplace(options_);
  }
  ~SiteTest() override { std::filesystem::remove_all(folder_); }

  void record() {
    auto store = Store::open(folder_ / "metrics.db");
    ASSERT_TRUE(store);
    RunInfo info;
    info.job_id = "job/1";
    info.job_name = "<b>mine</b>";
    info.anchor =
        ClockAnchor{BootTime{0}, WallTime{static_cast<std::int64_t>(kStart) * 1'000'000'000}};
    const auto run = store->begin_run(info);
    ASSERT_TRUE(run);
    run_ = *run;
    WriteGroup group;
    for (int i = 0; i < 3000; ++i) {
      SampleRow row;
      row.unix_seconds = kStart + i;
      row.total = gib(16);
      row.used = i == 1234 ? gib(15) : gib(4);
      row.main_rss = row.main_process = gib(1);
      group.add(std::move(row));
      StepRecord step;
      step.step = i;
      step.unix_seconds = kStart + i;
      step.loss = i == 77 ? 9.5 : 0.5;
      group.add(std::move(step));
    }
    ASSERT_TRUE(store->write(run_, group, {}));
  }

  void end_run() {
    auto store = Store::open(folder_ / "metrics.db");
    ASSERT_TRUE(store->end_run(
        run_, {.unix_seconds = kStart + 3000, .exit = {.kind = ExitKind::completed, .code = 0}},
        {}));
  }

  static WebRequest request(const std::string& target, const std::string& method = "GET") {
    return {.method = method,
            .target = parse_target(target).value(),
            .host = "localhost:8676",
            .authorization = "Bearer secret"};
  }
  WebResponse ask(const std::string& target, const std::string& method = "GET") {
    return site_->answer(request(target, method));
  }
  WebResponse post(const std::string& target, std::string body) {
    auto sent = request(target, "POST");
    sent.body = std::move(body);
    return site_->answer(sent);
  }
  nlohmann::json json(const std::string& target) {
    return nlohmann::json::parse(*ask(target).body);
  }

  std::filesystem::path folder_;
  RunKey run_{};
  SiteOptions options_{};
  std::optional<Site> site_{};
  Unended unended_ = Unended::recording;
  double now_ = kStart + 3000;
  std::string config_{};  // the file that a run was started with
};

}  // namespace tidemark
