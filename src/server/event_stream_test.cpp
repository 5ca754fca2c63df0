#include "server/event_stream.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(EventFrame, it_has_the_lines_of_a_server_sent_event) {
  EXPECT_EQ(*event_frame("steps", "1-2-3", "{}"), "id: 1-2-3\nevent: steps\ndata: {}\n\n");
  EXPECT_EQ(*event_frame("dropped", "", "{}"), "event: dropped\ndata: {}\n\n");
  EXPECT_EQ(*keep_alive_frame(), ":\n\n");
}

TEST(EventStream, what_is_pushed_is_taken_once_and_in_order) {
  EventStream stream;
  int woken = 0;
  stream.set_wakeup([&woken] { ++woken; });
  stream.push(event_frame("a", "", "1"));
  stream.push(event_frame("b", "", "2"));
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(stream.take(), "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n");
  EXPECT_EQ(stream.take(), "");
}

TEST(EventStream, a_reader_that_is_behind_is_told_how_much_it_missed) {
  EventStream stream{2, 1000};
  for (int i = 0; i < 5; ++i) stream.push(event_frame("n", "", std::to_string(i)));
  EXPECT_EQ(stream.take(),
            "event: n\ndata: 0\n\nevent: n\ndata: 1\n\nevent: dropped\ndata: {\"count\": 3}\n\n");
  stream.push(event_frame("n", "", "5"));
  EXPECT_EQ(stream.take(), "event: n\ndata: 5\n\n") << "it is told once";
}

TEST(EventStream, the_bytes_that_are_queued_are_bounded) {
  EventStream stream{100, 50};
  const auto large = event_frame("n", "", std::string(100, 'x'));
  stream.push(large);
  stream.push(event_frame("n", "", std::string(40, 'y')));
  EXPECT_EQ(stream.take(), *large + "event: dropped\ndata: {\"count\": 1}\n\n")
      << "one alone is let in, however large";
}

TEST(EventStream, the_end_has_room_and_comes_last) {
  EventStream stream{1, 1000};
  stream.push(event_frame("n", "", "0"));
  stream.push(event_frame("n", "", "1"));
  stream.end(event_frame("end", "", "{}"));
  stream.push(event_frame("n", "", "2"));
  stream.end(event_frame("end", "", "{}"));
  EXPECT_FALSE(stream.is_over()) << "not all is taken";
  EXPECT_EQ(stream.take(),
            "event: n\ndata: 0\n\nevent: dropped\ndata: {\"count\": 1}\n\n"
            "event: end\ndata: {}\n\n");
  EXPECT_TRUE(stream.is_over());
  EXPECT_EQ(stream.take(), "");
}

TEST(EventStream, one_with_something_queued_needs_no_sign_of_life) {
  EventStream stream;
  EXPECT_TRUE(stream.wants_keep_alive());
  stream.push(event_frame("n", "", "0"));
  EXPECT_FALSE(stream.wants_keep_alive());
}

}  // namespace
}  // namespace tidemark
