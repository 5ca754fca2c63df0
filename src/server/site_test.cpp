#include "server/site_for_test.h"

#include "server/compression.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

TEST_F(SiteTest, jobs_are_listed_with_what_became_of_them) {
  const auto jobs = json("/api/jobs");
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0]["id"], "job/1");
  EXPECT_EQ(jobs[0]["status"], "running");
  EXPECT_EQ(jobs[0]["steps_completed"], 2999);
}

TEST_F(SiteTest, an_analysis_has_the_contracts_parts) {
  end_run();
  const auto answer = json("/api/jobs/job%2F1/analysis?points=50");
  EXPECT_EQ(answer["job"]["status"], "completed");
  EXPECT_NEAR(answer["summary"]["peak_memory_gb"].get<double>(), 15, 1e-9);
  for (const char* part :
       {"breakdown", "findings", "recommendations", "log_errors", "events", "metrics_timeline"})
    EXPECT_TRUE(answer.contains(part)) << part;
  EXPECT_LE(answer["metrics_timeline"].size(), 50U);
}

TEST_F(SiteTest, what_is_not_there_is_404_with_the_reason) {
  for (const char* target :
       {"/api/jobs/none/analysis", "/api/jobs/none/runs", "/api/jobs/job%2F1/analysis?run=7",
        "/api/jobs/job%2F1/nothing", "/api", "/x", "/jobs/none"}) {
    const auto response = ask(target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_TRUE(Json::parse(*response.body).contains("error")) << target;
  }
}

TEST_F(SiteTest, numbers_that_are_none_are_400) {
  for (const char* query :
       {"run=x", "run=0", "run=-1", "run=1e9", "points=1", "points=99999999", "points="})
    EXPECT_EQ(ask(std::string{"/api/jobs/job%2F1/analysis?"} + query).status, 400) << query;
  EXPECT_EQ(ask("/api/jobs/job%2F1/timeline?from=nan").status, 400);
}

TEST_F(SiteTest, a_timeline_keeps_its_peak_and_a_window_shows_all) {
  const auto whole = json("/api/jobs/job%2F1/timeline?points=100")["columns"];
  EXPECT_LE(whole["timestamp"].size(), 100U);
  const auto& used = whole["used_memory_gb"];
  EXPECT_EQ(std::ranges::max(used), 15);
  EXPECT_FALSE(whole.contains("gpu_memory_used_gb")) << "this run never had one";
  const auto window =
      json("/api/jobs/job%2F1/timeline?points=100&from=1700001230&to=1700001240")["columns"];
  EXPECT_EQ(window["timestamp"].size(), 11U);
}

TEST_F(SiteTest, steps_keep_their_outlier) {
  const auto columns = json("/api/jobs/job%2F1/steps?points=20")["columns"];
  EXPECT_LE(columns["step"].size(), 20U);
  EXPECT_EQ(std::ranges::max(columns["loss"]), 9.5);
}

TEST_F(SiteTest, an_answer_is_kept_and_known_by_its_tag) {
  end_run();
  const auto first = ask("/api/jobs/job%2F1/analysis");
  ASSERT_FALSE(first.etag.empty());
  EXPECT_EQ(ask("/api/jobs/job%2F1/analysis").body, first.body) << "the same bytes, not made again";
  WebRequest again{.method = "GET",
                   .target = parse_target("/api/jobs/job%2F1/analysis").value(),
                   .host = "localhost",
                   .authorization = "Bearer secret",
                   .if_none_match = first.etag};
  EXPECT_EQ(site_->answer(again).status, 304);
}

TEST_F(SiteTest, an_answer_is_packed_for_who_takes_it_under_a_tag_of_its_own) {
  end_run();
  for (const char* target : {"/api/jobs/job%2F1/analysis", "/api/jobs/job%2F1/steps"}) {
    const auto plain = ask(target);
    auto asked = request(target);
    asked.accept_encoding = "gzip, deflate";
    const auto packed = site_->answer(asked);
    EXPECT_EQ(plain.encoding, "") << target;
    EXPECT_TRUE(plain.by_encoding && packed.by_encoding) << target;
    EXPECT_EQ(packed.encoding, "gzip") << target;
    EXPECT_LT(packed.body->size(), plain.body->size()) << target;
    EXPECT_EQ(gunzip(*packed.body, plain.body->size()), *plain.body) << target;
  }
  const auto plain = ask("/api/jobs/job%2F1/analysis");
  auto asked = request("/api/jobs/job%2F1/analysis");
  asked.accept_encoding = "gzip";
  const auto packed = site_->answer(asked);
  EXPECT_NE(packed.etag, plain.etag);
  asked.if_none_match = "\"other\", W/" + packed.etag;
  EXPECT_EQ(site_->answer(asked).status, 304);
}

TEST_F(SiteTest, a_run_that_goes_on_is_analysed_anew_after_a_while) {
  const auto first = ask("/api/jobs/job%2F1/analysis");
  EXPECT_EQ(ask("/api/jobs/job%2F1/analysis").body, first.body);
  now_ += 10;
  EXPECT_NE(ask("/api/jobs/job%2F1/analysis").body, first.body);
}

TEST_F(SiteTest, post_analyses_and_stores) {
  end_run();
  EXPECT_EQ(ask("/api/jobs/job%2F1/analysis", "POST").status, 200);
  auto store = Store::open(folder_ / "metrics.db");
  EXPECT_TRUE(store->report(run_)->has_value());
}

TEST_F(SiteTest, pages_show_hostile_names_as_text) {
  const auto list = ask("/jobs");
  EXPECT_EQ(list.type, "text/html; charset=utf-8");
  EXPECT_TRUE(list.body->contains("&lt;b&gt;mine"));
  EXPECT_FALSE(list.body->contains("<b>mine"));
  EXPECT_TRUE(list.body->contains("/jobs/job%2F1"));
  EXPECT_TRUE(ask("/jobs/job%2F1").body->contains("<!doctype html>"));
}

TEST_F(SiteTest, the_printed_address_opens_once) {
  WebRequest request{
      .method = "GET", .target = parse_target("/open?ticket=once").value(), .host = "localhost"};
  const auto first = site_->answer(request);
  EXPECT_EQ(first.status, 303);
  EXPECT_TRUE(first.set_cookie.contains("tidemark_token=secret"));
  EXPECT_EQ(site_->answer(request).status, 401);
}

TEST_F(SiteTest, a_wrong_ticket_uses_nothing_up) {
  WebRequest request{
      .method = "GET", .target = parse_target("/open?ticket=twice").value(), .host = "localhost"};
  EXPECT_EQ(site_->answer(request).status, 401);
  request.target = parse_target("/open?ticket=once").value();
  EXPECT_EQ(site_->answer(request).status, 303);
}

TEST_F(SiteTest, without_a_token_nothing_is_told) {
  for (const char* target :
       {"/api/jobs", "/jobs", "/metrics", "/api/jobs/job%2F1/analysis", "/nothing"}) {
    const auto response = site_->answer(
        {.method = "GET", .target = parse_target(target).value(), .host = "localhost"});
    EXPECT_EQ(response.status, 401) << target;
  }
}

TEST_F(SiteTest, metrics_are_of_the_runs_that_go_on) {
  const auto text = *ask("/metrics").body;
  EXPECT_TRUE(
      text.contains("tidemark_memory_used_bytes{job=\"job/1\",name=\"<b>mine</b>\"} 4294967296\n"))
      << text;
  EXPECT_TRUE(text.ends_with("# EOF\n"));
  end_run();
  EXPECT_FALSE(ask("/metrics").body->contains("job=\"job/1\""));
}

TEST_F(SiteTest, a_database_that_is_not_there_is_said) {
  options_.database = folder_ / "gone.db";
  site_.emplace(options_);
  const auto response = ask("/api/jobs");
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(response.body->contains("gone.db"));
}

}  // namespace
}  // namespace tidemark
