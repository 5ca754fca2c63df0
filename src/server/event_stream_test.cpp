#include "server/event_stream.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(EventFrame, it_has_the_lines_of_a_server_sent_event) {
  EXPECT_EQ(*event_frame("steps", "1-2-3", "{}"), "id: 1-2-3\nevent: steps\ndata: {}\n\n");
  EXPECT_EQ(*event_frame("end", "", "{}"), "event: end\ndata: {}\n\n");
  EXPECT_EQ(*keep_alive_frame(), ":\n\n");
}

TEST(EventStream, what_is_pushed_is_taken_once_and_in_order) {
  EventStream stream{1000};
  int woken = 0;
  stream.set_wakeup([&woken] { ++woken; });
  stream.push(event_frame("a", "", "1"));
  stream.push(event_frame("b", "", "2"));
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(stream.take(), "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n");
  EXPECT_EQ(stream.take(), "");
}

TEST(EventStream, there_is_room_until_its_bound_is_queued) {
  EventStream stream{50};
  EXPECT_TRUE(stream.has_room());
  stream.push(event_frame("n", "", "0"));
  EXPECT_TRUE(stream.has_room());
  const auto large = event_frame("n", "", std::string(100, 'x'));
  stream.push(large);
  EXPECT_FALSE(stream.has_room());
  stream.push(event_frame("n", "", "1"));
  EXPECT_EQ(stream.take(), "event: n\ndata: 0\n\n" + *large + "event: n\ndata: 1\n\n")
      << "what belongs together is not torn";
  EXPECT_TRUE(stream.has_room());
}

TEST(EventStream, the_end_comes_last) {
  EventStream stream{1000};
  stream.push(event_frame("n", "", "0"));
  stream.end(event_frame("end", "", "{}"));
  EXPECT_FALSE(stream.has_room()) << "nothing comes after it";
  stream.push(event_frame("n", "", "1"));
  stream.end(event_frame("end", "", "{}"));
  EXPECT_FALSE(stream.is_over()) << "not all is taken";
  EXPECT_EQ(stream.take(), "event: n\ndata: 0\n\nevent: end\ndata: {}\n\n");
  EXPECT_TRUE(stream.is_over());
  EXPECT_EQ(stream.take(), "");
}

TEST(EventStream, one_with_something_queued_needs_no_sign_of_life) {
  EventStream stream{1000};
  EXPECT_TRUE(stream.wants_keep_alive());
  stream.push(event_frame("n", "", "0"));
  EXPECT_FALSE(stream.wants_keep_alive());
}

}  // namespace
}  // namespace tidemark
