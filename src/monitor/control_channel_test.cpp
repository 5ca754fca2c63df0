#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "monitor/monitor.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;

TEST(ControlChannel, messages_arrive_whole_and_in_order) {
  auto ends = ControlChannel::pair();
  ASSERT_TRUE(ends);
  auto& [left, right] = *ends;
  const std::string large(1'000'000, 'x');
  std::thread sender{[&left, &large] {
    EXPECT_TRUE(left.send("one", milliseconds{5000}));
    EXPECT_TRUE(left.send(large, milliseconds{5000}));
  }};
  EXPECT_EQ(right.receive(milliseconds{5000}), "one");
  EXPECT_EQ(right.receive(milliseconds{5000}), large);
  sender.join();
}

TEST(ControlChannel, a_vanished_other_side_is_closed_not_an_error) {
  auto ends = ControlChannel::pair();
  ASSERT_TRUE(ends);
  {
    const ControlChannel gone = std::move(ends->first);
  }
  EXPECT_FALSE(ends->second.receive(milliseconds{1000}));
  EXPECT_TRUE(ends->second.closed());
  EXPECT_FALSE(ends->second.send("late"));
}

TEST(ControlChannel, a_full_buffer_is_given_up_after_the_wait) {
  auto ends = ControlChannel::pair();
  ASSERT_TRUE(ends);
  EXPECT_FALSE(ends->first.send(std::string(64U << 20, 'x'), milliseconds{50}));
}

TEST(ControlChannel, a_length_out_of_bounds_closes_it) {
  auto ends = ControlChannel::pair();
  ASSERT_TRUE(ends);
  const std::string noise(16, '\xff');
  ASSERT_EQ(::send(ends->first.fd(), noise.data(), noise.size(), 0), 16);
  EXPECT_FALSE(ends->second.receive(milliseconds{1000}));
  EXPECT_TRUE(ends->second.closed());
}

TEST(ControlMessages, a_request_survives_the_wire) {
  MonitorRequest request;
  request.info.job_name = "lora \xff\"quoted\"";
  request.info.command = {"python3", "train.py"};
  request.info.settings.sample_interval_seconds = 0.5;
  request.database = "/tmp/x.db";
  request.rescue_databases = {"/tmp/y.db"};
  request.outputs = {{.file = "/tmp/log.txt", .file_offset = 42}};
  const auto decoded = decode_request(encode(request));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->info.command, request.info.command);
  EXPECT_EQ(decoded->info.settings, request.info.settings);
  ASSERT_EQ(decoded->outputs.size(), 1U);
  EXPECT_EQ(decoded->outputs.front().file_offset, 42);
  EXPECT_EQ(decoded->rescue_databases, request.rescue_databases);
}

TEST(ControlMessages, the_place_of_the_journal_survives_the_wire) {
  const auto decoded = decode_monitor_message(encode(MonitorMessage{.journal = "/dev/shm/x"}));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->journal, "/dev/shm/x");
  EXPECT_FALSE(decoded->ready);
}

TEST(ControlMessages, noise_is_an_error_value) {
  EXPECT_FALSE(decode_request("{}"));
  EXPECT_FALSE(decode_launcher_message("\xff\xfe"));
  EXPECT_FALSE(decode_monitor_message("[1,2]"));
}

}  // namespace
}  // namespace tidemark
