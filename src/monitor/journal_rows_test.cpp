#include "monitor/journal_rows.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

using Json = nlohmann::json;

JournalRows rows_of(JournalRecord record) {
  std::vector<JournalRecord> records;
  records.push_back(std::move(record));
  return rows_from(std::move(records), 4711);
}

std::string stored_details(std::string details) {
  const auto rows = rows_of(EventRecord{.type = "note", .details = std::move(details)});
  return rows.group.events.at(0).event.details;
}

TEST(JournalRows, steps_and_allocator_records_pass_as_they_are) {
  std::vector<JournalRecord> records;
  records.emplace_back(StepRecord{.step = 7, .loss = 0.5, .rank = 1});
  records.emplace_back(AllocatorRecord{.allocated = mib(3)});
  const auto rows = rows_from(std::move(records), 4711);
  ASSERT_EQ(rows.group.steps.size(), 1U);
  EXPECT_EQ(rows.group.steps[0].step, 7);
  EXPECT_EQ(rows.group.steps[0].rank, 1);
  ASSERT_EQ(rows.group.allocators.size(), 1U);
  EXPECT_EQ(rows.group.allocators[0].allocated, mib(3));
}

TEST(JournalRows, what_was_held_at_a_phases_boundary_is_its_detail) {
  std::vector<JournalRecord> records;
  records.emplace_back(PhaseRecord{.name = "train", .begins = true});
  records.emplace_back(EventRecord{.type = "process_memory", .details = R"({"anon_bytes":7})"});
  records.emplace_back(EventRecord{.type = "process_memory", .details = R"({"anon_bytes":8})"});
  const auto rows = rows_from(std::move(records), 4711);
  ASSERT_EQ(rows.group.events.size(), 2U);
  EXPECT_EQ(rows.group.events[0].event.type, "train_start");
  EXPECT_EQ(rows.group.events[0].event.details, R"({"anon_bytes":7})");
  EXPECT_EQ(rows.group.events[1].event.type, "process_memory");
}

TEST(JournalRows, a_phase_is_an_event_at_each_end) {
  EXPECT_EQ(rows_of(PhaseRecord{.name = "sampling", .begins = true}).group.events.at(0).event.type,
            "sampling_start");
  EXPECT_EQ(rows_of(PhaseRecord{.name = "sampling"}).group.events.at(0).event.type, "sampling_end");
}

TEST(JournalRows, secrets_in_details_are_not_stored) {
  const auto details = Json::parse(stored_details(
      R"({"hf_token": "hf_abcdefghijklmnopqrstuvwxyz012345", "nested": [{"api_key": 12345}],
          "url": "https://user:pass@example.org/x", "steps": 3})"));
  EXPECT_EQ(details["hf_token"], "[redacted]");
  EXPECT_EQ(details["nested"][0]["api_key"], "[redacted]");
  EXPECT_EQ(details["url"].get<std::string>().find("pass"), std::string::npos);
  EXPECT_EQ(details["steps"], 3);
}

TEST(JournalRows, details_that_are_no_json_object_are_kept_as_text) {
  EXPECT_EQ(Json::parse(stored_details("half a {")), Json({{"text", "half a {"}}));
  EXPECT_EQ(Json::parse(stored_details("[1, 2]")), Json({{"text", "[1, 2]"}}));
  EXPECT_EQ(stored_details(""), "");
}

TEST(JournalRows, a_depth_that_would_break_others_is_left_out) {
  constexpr std::size_t kLevels = 100'000;
  std::string deep =
      R"({"kept": 1, "deep": )" + std::string(kLevels, '[') + std::string(kLevels, ']') + "}";
  const auto details = stored_details(std::move(deep));
  EXPECT_LT(details.size(), 1000U);
  EXPECT_EQ(Json::parse(details)["kept"], 1);
}

TEST(JournalRows, the_trainers_config_becomes_the_runs_and_is_no_event) {
  const auto rows = rows_of(EventRecord{
      .type = "job_config",
      .details = R"({"name": "x", "config": {"train": {"steps": 5}, "hf_token": "secret"}})"});
  EXPECT_TRUE(rows.group.events.empty());
  const auto config = Json::parse(rows.group.config_json);
  EXPECT_EQ(config["train"]["steps"], 5);
  EXPECT_EQ(config["hf_token"], "[redacted]");
}

TEST(JournalRows, the_trainers_last_word_is_heard) {
  auto said = rows_of(EventRecord{.type = "oom_error",
                                  .details = R"({"class": "MemoryError", "message": "no room"})"})
                  .said;
  ASSERT_TRUE(said.exception);
  EXPECT_EQ(said.exception->type, "MemoryError");
  EXPECT_EQ(said.exception->message, "no room");
  EXPECT_TRUE(said.exception->out_of_memory);
  EXPECT_FALSE(said.completed);
  take_word(
      said,
      rows_of(EventRecord{.type = "monitoring_end", .details = R"({"completed": false})"}).said);
  EXPECT_EQ(said.completed, false);
  EXPECT_TRUE(said.exception);
}

TEST(JournalRows, an_error_that_the_client_caught_happened_and_is_no_word_on_the_end) {
  const auto rows = rows_of(EventRecord{
      .type = "oom_error", .details = R"({"class": "OutOfMemoryError", "caught": true})"});
  EXPECT_FALSE(rows.said.exception);
  ASSERT_EQ(rows.group.events.size(), 1U);
  EXPECT_EQ(rows.group.events[0].event.type, "oom_error");
}

TEST(JournalRows, a_word_of_the_wrong_shape_says_nothing) {
  const auto said =
      rows_of(EventRecord{.type = "monitoring_end", .details = R"({"completed": "yes"})"}).said;
  EXPECT_FALSE(said.completed);
  EXPECT_EQ(rows_of(EventRecord{.type = "exception", .details = "[]"}).said.exception->type, "");
}

TEST(JournalRows, a_workers_word_on_the_end_is_not_the_runs) {
  const auto said_by = [](const char* pid, std::int32_t rank) {
    return rows_of(EventRecord{.type = "monitoring_end",
                               .details = std::string{R"({"completed": true, "pid": )"} + pid + "}",
                               .rank = rank})
        .said.completed;
  };
  EXPECT_EQ(said_by("4711", 0), true);
  EXPECT_FALSE(said_by("4712", 0));
  EXPECT_FALSE(said_by("4711", 1));
}

}  // namespace
}  // namespace tidemark
