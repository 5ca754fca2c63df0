#include "store/store_test_support.h"

namespace tidemark {
namespace {

const std::string kHostile = "%_'\";DROP TABLE TidemarkJob;--\n[a-z]*\x01";

TEST(JobLookup, an_id_a_name_and_a_unique_beginning_of_either_find_the_job) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("0e7d-1", "portrait_lora"));
  begin(store, run_of("19aa-2", "landscape"));
  for (const auto* text : {"0e7d-1", "portrait_lora", "0", "port"})
    EXPECT_EQ(store.resolve_job(text), "0e7d-1") << text;
  EXPECT_EQ(store.resolve_job("land"), "19aa-2");
}

TEST(JobLookup, an_exact_id_or_name_wins_over_a_longer_one) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("a", "lora"));
  begin(store, run_of("ab", "lora_2"));
  EXPECT_EQ(store.resolve_job("a"), "a");
  EXPECT_EQ(store.resolve_job("lora"), "a");
}

TEST(JobLookup, an_ambiguous_beginning_names_the_jobs) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("a1", "first"));
  begin(store, run_of("a2", "second"));
  const auto found = store.resolve_job("a");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::invalid);
  EXPECT_EQ(found.error().message,
            "\"a\" means several jobs: first (a1), second (a2); write more of the id");
}

TEST(JobLookup, a_beginning_of_both_id_and_name_of_one_job_is_unique) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("lora-1", "lora one"));
  EXPECT_EQ(store.resolve_job("lora"), "lora-1");
}

TEST(JobLookup, last_is_the_job_of_the_newest_run) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  EXPECT_EQ(store.resolve_job("last").error().code, Errc::not_found);
  begin(store, run_of("a", "", 100));
  begin(store, run_of("b", "", 200));
  EXPECT_EQ(store.resolve_job("last"), "b");
  begin(store, run_of("a", "", 300));
  EXPECT_EQ(store.resolve_job("last"), "a");
}

TEST(JobLookup, an_unknown_or_empty_text_finds_nothing) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("a"));
  EXPECT_EQ(store.resolve_job("x").error().code, Errc::not_found);
  EXPECT_EQ(store.resolve_job("").error().code, Errc::invalid);
  EXPECT_EQ(store.runs("x").error().code, Errc::not_found);
  EXPECT_EQ(store.run("x").error().code, Errc::not_found);
  EXPECT_EQ(store.run("a", 7).error().code, Errc::not_found);
}

TEST(JobLookup, the_wildcards_of_sql_are_only_characters) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  begin(store, run_of("a", "plain"));
  for (const auto* text : {"%", "_", "pl%", "pl_in", "*", "p*", "?", "[a-z]"})
    EXPECT_EQ(store.resolve_job(text).error().code, Errc::not_found) << text;
}

TEST(JobLookup, hostile_names_are_stored_found_and_removed_like_others) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const std::string long_name(100'000, 'x');
  begin(store, run_of("a", "plain"));
  begin(store, run_of(kHostile, long_name));
  EXPECT_EQ(store.resolve_job(kHostile), kHostile);
  EXPECT_EQ(store.resolve_job("%_'"), kHostile);
  EXPECT_EQ(store.resolve_job(long_name), kHostile);
  EXPECT_EQ(store.run(kHostile)->info.job_name, long_name);
  ASSERT_TRUE(store.remove_job(kHostile));
  EXPECT_EQ(store.jobs()->size(), 1U);
}

TEST(JobLookup, an_error_about_a_hostile_name_is_one_line) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  EXPECT_EQ(store.resolve_job("no\nsuch").error().message.find('\n'), std::string::npos);
  EXPECT_EQ(store.run("no\nsuch").error().message.find('\n'), std::string::npos);
}

TEST(JobLookup, lists_jobs_with_their_latest_run) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto old = begin(store, run_of("a", "lora", 100));
  ASSERT_TRUE(store.end_run(old, end_at(150), {}));
  write_one(store, old, step_at(900, 120));
  const auto latest = begin(store, run_of("a", "lora", 300));
  write_one(store, latest, step_at(12, 301));
  write_one(store, latest, step_at(11, 302));
  begin(store, run_of("b", "other", 200));
  ASSERT_TRUE(store.save_report(latest, {.created_at = 1,
                                         .summary = "{}",
                                         .recommendations = "[]",
                                         .peak_memory_gb = 5.5,
                                         .health_score = "good",
                                         .analysis = "{}"}));
  const auto jobs = store.jobs();
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 2U);
  const auto& job = jobs->at(0);
  EXPECT_EQ(job.job_id, "a");
  EXPECT_EQ(job.name, "lora");
  EXPECT_EQ(job.run_count, 2);
  EXPECT_EQ(job.latest.key.number, 2);
  EXPECT_FALSE(job.latest.end);
  EXPECT_EQ(job.peak_memory_gb, 5.5);
  EXPECT_EQ(job.health_score, "good");
  EXPECT_EQ(job.last_step, 12);
  EXPECT_FALSE(jobs->at(1).peak_memory_gb || jobs->at(1).health_score || jobs->at(1).last_step);
}

}  // namespace
}  // namespace tidemark
