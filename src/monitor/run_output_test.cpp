#include "monitor/run_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tidemark {
namespace {

constexpr double kNow = 1'700'000'000;
const std::string kOutOfMemory =
    "Traceback (most recent call last):\n  File \"/w/train.py\", line 3, in <module>\n"
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n";

std::string bar(int step, int elapsed) {
  return "lora:  30%|###   | " + std::to_string(step) + "/10 [00:" + std::to_string(elapsed) +
         "<00:40,  1.00s/it, lr: 1.0e-03 loss: 3.000e-01]\r";
}

class TempLog {
 public:
  TempLog()
      : path_(std::filesystem::temp_directory_path() /
              ("tidemark_run_output_" + std::to_string(::getpid()))) {
    std::ofstream{path_, std::ios::trunc};
  }
  ~TempLog() { std::filesystem::remove(path_); }
  void append(const std::string& text) { std::ofstream{path_, std::ios::app} << text; }
  OutputSource source(std::int64_t offset = 0, std::int64_t earlier = -1) const {
    return {.file = path_.string(), .file_offset = offset, .earlier_offset = earlier};
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(RunOutput, an_error_is_there_to_be_stored_as_soon_as_it_was_read_once) {
  TempLog log;
  RunOutput output{log.source(), "7.0", 0};
  output.read_available(kNow);
  EXPECT_FALSE(output.take_new_errors(kNow));
  log.append(kOutOfMemory);
  output.read_available(kNow + 1);
  const auto errors = output.take_new_errors(kNow + 1);
  ASSERT_TRUE(errors && errors->errors.size() == 1);
  EXPECT_EQ(errors->reader, "7.0");
  const auto& error = errors->errors[0];
  EXPECT_EQ(error.severity, LogSeverity::critical);
  EXPECT_EQ(error.category, "cuda_oom");
  EXPECT_EQ(error.unix_seconds, kNow + 1);
  EXPECT_EQ(error.requested, gib(2));
  EXPECT_TRUE(error.decides);
  EXPECT_FALSE(output.take_new_errors(kNow + 100)) << "nothing new";
}

TEST(RunOutput, a_flood_of_errors_is_not_stored_over_and_over) {
  TempLog log;
  RunOutput output{log.source(), "7.0", 0};
  log.append(kOutOfMemory);
  output.read_available(kNow);
  EXPECT_TRUE(output.take_new_errors(kNow));
  log.append(
      "Traceback (most recent call last):\n  File \"/w/t.py\", line 9, in f\n"
      "ValueError: something else\nTraining goes on\n");
  output.read_available(kNow + 1);
  EXPECT_FALSE(output.take_new_errors(kNow + 1));
  EXPECT_TRUE(output.take_new_errors(kNow + 6));
}

TEST(RunOutput, a_mark_comes_every_few_seconds_and_only_when_something_was_said) {
  TempLog log;
  RunOutput output{log.source(), "7.0", 0};
  EXPECT_FALSE(output.take_mark(kNow));
  log.append("one\n" + bar(3, 10));
  output.read_available(kNow);
  const auto mark = output.take_mark(kNow);
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->line, 1);
  EXPECT_EQ(mark->byte_offset, static_cast<std::int64_t>(std::filesystem::file_size(log.path())));
  log.append("two\n");
  output.read_available(kNow + 1);
  EXPECT_FALSE(output.take_mark(kNow + 1));
  EXPECT_TRUE(output.take_mark(kNow + 5));
  EXPECT_FALSE(output.take_mark(kNow + 60));
}

TEST(RunOutput, the_end_of_the_output_is_marked_at_once) {
  TempLog log;
  RunOutput output{log.source(), "7.0", 0};
  log.append("one\n");
  output.read_available(kNow);
  EXPECT_TRUE(output.take_mark(kNow));
  log.append("Killed\n");
  output.read_available(kNow + 1);
  output.finish();
  const auto mark = output.take_mark(kNow + 1);
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->byte_offset, 11);
  EXPECT_FALSE(output.take_mark(kNow + 9));
}

TEST(RunOutput, steps_come_from_bars_and_else_from_lines) {
  TempLog log;
  RunOutput lines{log.source(), "7.0", 0};
  RunOutput bars{log.source(), "7.1", 0};
  log.append("step 100/300 loss: 0.5\nstep 200/300 loss: 0.4\n");
  lines.read_available(kNow);
  const auto steps = lines.take_steps();
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[1].step, 200);
  log.append(bar(3, 10) + bar(4, 11) + bar(5, 12));
  bars.read_available(kNow);
  for (const auto& step : bars.take_steps()) EXPECT_LT(step.step, 10);
}

TEST(RunOutput, what_was_said_before_it_was_followed_is_dated_by_the_bars_clock) {
  TempLog log;
  log.append(bar(3, 10) + "\n" + kOutOfMemory + bar(9, 50) + "\n");
  const timespec written[2] = {{.tv_sec = 1'700'000'100, .tv_nsec = 0},
                               {.tv_sec = 1'700'000'100, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, log.path().c_str(), written, 0), 0);
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(log.path()));
  RunOutput output{log.source(size, 0), "7.0", 0};
  const auto found = output.errors();
  ASSERT_EQ(found.errors.size(), 1U);
  EXPECT_EQ(found.errors[0].unix_seconds, 1'700'000'060.0);
  EXPECT_EQ(found.errors[0].severity, LogSeverity::warning) << "training went on";
}

TEST(RunOutput, secrets_are_masked_before_they_leave_the_reader) {
  TempLog log;
  RunOutput output{log.source(), "7.0", 0};
  log.append(
      "Traceback (most recent call last):\n  File \"/w/t.py\", line 9, in f\n"
      "ValueError: bad token hf_abcdefghijklmnopqrstuvwxyz0123456789\n");
  output.read_available(kNow);
  const auto found = output.errors();
  ASSERT_EQ(found.errors.size(), 1U);
  EXPECT_EQ(found.errors[0].message.find("hf_abcdefghij"), std::string::npos)
      << found.errors[0].message;
}

TEST(RunOutput, of_several_streams_the_worst_decides) {
  const LogErrorRecord error{.severity = LogSeverity::error, .decides = true};
  const LogErrorRecord critical{.severity = LogSeverity::critical, .decides = true};
  const LogErrorRecord aside{.severity = LogSeverity::critical};
  const std::vector<LogErrors> streams{{"0", {error}}, {"1", {aside, critical}}};
  EXPECT_EQ(deciding_of(streams), &streams[1].errors[1]);
  EXPECT_EQ(deciding_of({}), nullptr);
}

}  // namespace
}  // namespace tidemark
