#include "cli/output_tap.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace tidemark {
namespace {

std::string read_all(int fd) {
  std::string text;
  std::string piece(65536, '\0');
  ssize_t got = 0;
  while ((got = ::read(fd, piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<std::size_t>(got));
  return text;
}

TEST(OutputTap, a_reader_that_keeps_up_gets_every_byte) {
  auto tap = OutputTap::open();
  ASSERT_TRUE(tap);
  tap->first.put(std::string_view{"loss 0.3\n"});
  tap->first.close(std::chrono::milliseconds{100});
  EXPECT_EQ(read_all(tap->second.get()), "loss 0.3\n");
  EXPECT_EQ(tap->first.dropped_bytes(), 0U);
}

TEST(OutputTap, a_stopped_reader_costs_the_middle_never_the_end) {
  auto tap = OutputTap::open();
  ASSERT_TRUE(tap);
  const std::string block(1U << 20, 'x');
  for (int i = 0; i < 4; ++i) tap->first.put(block);
  tap->first.put(std::string_view{"MemoryError\n"});
  std::thread closer{[&tap] { tap->first.close(std::chrono::seconds{20}); }};
  std::string text;
  while (!text.ends_with("MemoryError\n")) text += read_all(tap->second.get());
  closer.join();
  EXPECT_EQ(text.size() + tap->first.dropped_bytes(), 4 * block.size() + 12);
  EXPECT_GT(tap->first.dropped_bytes(), 0U);
}

TEST(OutputTap, a_vanished_reader_is_ignored) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  auto tap = OutputTap::open();
  ASSERT_TRUE(tap);
  tap->second.reset();
  tap->first.put(std::string_view{"one"});
  tap->first.put(std::string_view{"two"});
  tap->first.close(std::chrono::milliseconds{10});
  ::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace tidemark
