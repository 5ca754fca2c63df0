#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "live/live_test_support.h"

namespace tidemark {
namespace {

constexpr FrameOptions kAscii{.utf8 = false, .color = false};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(BuildFrame, says_what_is_known_of_the_run) {
  const auto text = shown(snapshot_of_a_run(), {.columns = 120, .rows = 40});
  for (const auto* part :
       {"my_lora  run 3  running 10m", "WARNING  Still running at step 412 of 2000.",
        "machine memory", "96.0 GB of 128.0 GB", "75%", "used 96.0 GB", "main 60.0 GB",
        "workers 12.0 GB (4)", "swap 0", "pressure 0.4% some 0.0% full", "cpu 35%",
        "step 412 of 2000 (21%)", "1.25 steps/s", "21m 10s left", "loss 0.0713", "data wait 3%",
        "Memory, last 10m", "memory_warning", "q quit"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
}

TEST(BuildFrame, fits_every_size) {
  auto snapshot = snapshot_of_a_run();
  snapshot.run.info.job_name = std::string(300, 'x');
  snapshot.verdict->sentence = std::string(300, 'y') + " and more";
  for (const std::size_t columns : {1U, 10U, 40U, 79U, 80U, 200U})
    for (const std::size_t rows : {1U, 2U, 5U, 10U, 24U, 60U})
      for (const bool picking : {false, true}) {
        snapshot.choices.assign(100, {{.job_id = "j"}, "name"});
        const auto frame =
            build_frame(snapshot, {.picking = picking}, {.columns = columns, .rows = rows});
        EXPECT_LE(frame.lines.size(), rows);
        for (const auto& line : frame.lines) {
          std::size_t used = 0;
          for (const auto& span : line) used += display_columns(span.text);
          EXPECT_LE(used, columns) << columns << " by " << rows;
        }
      }
}

TEST(BuildFrame, without_utf8_it_is_ascii) {
  auto snapshot = snapshot_of_a_run();
  snapshot.run.info.job_name = "größe 模型";
  const auto text = shown(snapshot, kAscii);
  EXPECT_TRUE(
      std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  EXPECT_TRUE(has(text, "gr??e ????"));
}

TEST(BuildFrame, without_colour_the_lines_of_the_chart_are_letters) {
  const auto text = shown(snapshot_of_a_run(), kAscii);
  EXPECT_TRUE(has(text, "* machine memory"));
  EXPECT_TRUE(has(text, "m main"));
  EXPECT_TRUE(has(text, "w workers"));
  EXPECT_TRUE(has(text, "- limit 128.0 GB"));
  EXPECT_TRUE(has(text, "****"));
  EXPECT_TRUE(has(text, "mmmm"));
}

TEST(BuildFrame, nothing_hostile_reaches_the_terminal) {
  auto snapshot = snapshot_of_a_run();
  const std::string hostile = "a\x1b]0;owned\x07\x1b[2Jb\nc\u202e";
  snapshot.run.info.job_name = hostile;
  snapshot.verdict->sentence = hostile;
  snapshot.verdict->log_errors.push_back({.said = {.message = hostile, .exception = hostile}});
  snapshot.events.push_back({.event = {.type = hostile, .details = "{\"x\": \"\\u001b[2J\"}"}});
  snapshot.choices = {{{.job_id = "a"}, hostile}, {{.job_id = "b"}, hostile}};
  snapshot.problem = hostile;
  for (const bool picking : {false, true}) {
    const auto text = shown(snapshot, {.columns = 200, .rows = 60}, {.picking = picking});
    EXPECT_EQ(std::ranges::count_if(
                  text, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; }),
              0);
    EXPECT_FALSE(has(text, "\u202e"));
  }
}

TEST(BuildFrame, what_is_not_the_newest_is_said_to_be_so) {
  auto snapshot = snapshot_of_a_run();
  snapshot.problem = "m.db: another program holds it";
  snapshot.run.drops.add(Drop::queue_full, 7);
  const auto text = shown(snapshot, {.columns = 100});
  EXPECT_TRUE(has(text, "not the newest: m.db: another program holds it"));
  EXPECT_TRUE(has(text, "7 records were dropped"));
}

TEST(BuildFrame, a_run_without_anything_yet_is_shown) {
  LiveSnapshot snapshot;
  snapshot.run.key.job_id = "job";
  const auto text = shown(snapshot, {});
  EXPECT_TRUE(has(text, "the analysis so far is being made"));
  EXPECT_TRUE(has(text, "no sample yet"));
  EXPECT_TRUE(has(text, "no step yet"));
}

TEST(BuildFrame, a_run_that_makes_no_step_any_more_is_said_to) {
  auto snapshot = snapshot_of_a_run();
  snapshot.steps->last_at = snapshot.now - 120;
  EXPECT_TRUE(has(shown(snapshot, {.columns = 120}), "none for 2m"));
  snapshot.status = RunStatus::completed;
  EXPECT_FALSE(has(shown(snapshot, {.columns = 120}), "none for"));
}

TEST(BuildFrame, a_loss_that_is_no_number_is_shown) {
  auto snapshot = snapshot_of_a_run();
  snapshot.steps->loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(has(shown(snapshot, {.columns = 120}), "loss nan"));
}

TEST(BuildFrame, the_limiting_pool_is_named_first) {
  auto snapshot = snapshot_of_a_run();
  snapshot.last->cgroup_limit = gib(100);
  snapshot.last->cgroup_working_set = gib(50);
  snapshot.verdict->pool->kind = PoolKind::cgroup;
  snapshot.verdict->pool->name = "container limit";
  const auto text = shown(snapshot, {});
  EXPECT_LT(text.find("container limit"), text.find("machine memory"));
}

TEST(BuildFrame, a_shm_that_is_nearly_empty_is_left_out) {
  auto snapshot = snapshot_of_a_run();
  snapshot.last->shm_total = gib(64);
  snapshot.last->shm_used = gib(1);
  EXPECT_FALSE(has(shown(snapshot, {}), "/dev/shm"));
  snapshot.last->shm_used = gib(32);
  EXPECT_TRUE(has(shown(snapshot, {}), "/dev/shm"));
}

TEST(BuildFrame, a_limit_far_above_the_lines_is_named_and_not_drawn) {
  auto snapshot = snapshot_of_a_run();
  snapshot.points = {point_of(sample_of(1'700'000'000, gib(4))),
                     point_of(sample_of(1'700'000'005, gib(5)))};
  for (auto& point : snapshot.points) point.main = point.workers = gib(1);
  const auto text = shown(snapshot, kAscii);
  EXPECT_TRUE(has(text, "limit 128.0 GB (above)"));
  EXPECT_FALSE(has(text, "----"));
}

TEST(BuildFrame, an_error_of_the_output_is_shown_with_how_often) {
  auto snapshot = snapshot_of_a_run();
  snapshot.verdict->log_errors.push_back({.said = {.severity = LogSeverity::critical,
                                                   .category = "cuda_oom",
                                                   .message = "CUDA out of memory",
                                                   .exception = "OutOfMemoryError",
                                                   .count = 3}});
  EXPECT_TRUE(has(shown(snapshot, {.columns = 100}),
                  "CRITICAL  3 times: OutOfMemoryError: CUDA out of memory"));
}

TEST(BuildFrame, an_events_details_are_told_without_what_is_nested) {
  EXPECT_TRUE(has(shown(snapshot_of_a_run(), {.columns = 100}), "pool host, used 110.0 GB"));
  EXPECT_FALSE(has(shown(snapshot_of_a_run(), {.columns = 100}), "config"));
}

TEST(BuildFrame, a_run_that_is_younger_than_the_window_fills_the_chart) {
  auto snapshot = snapshot_of_a_run();
  snapshot.window_seconds = 3600;
  const auto text = shown(snapshot, kAscii);
  EXPECT_TRUE(has(text, "Memory, last 1h"));
  EXPECT_TRUE(has(text, "-10m"));
}

TEST(BuildFrame, a_run_that_has_ended_is_shown_up_to_its_end) {
  auto snapshot = snapshot_of_a_run();
  snapshot.run.end = RunEnd{.unix_seconds = 1'700'000'600};
  snapshot.status = RunStatus::completed;
  snapshot.now += 86'400;
  const auto text = shown(snapshot, kAscii);
  EXPECT_TRUE(has(text, "completed 10m"));
  EXPECT_TRUE(has(text, "****"));
}

}  // namespace
}  // namespace tidemark
