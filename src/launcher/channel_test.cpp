#include "launcher/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "launcher/relay.h"

namespace tidemark {
namespace {

struct Pipe {
  UniqueFd reads;
  UniqueFd writes;
};

Pipe make_pipe(int flags = 0) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, flags), 0);
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

void write_text(int fd, const std::string& text) {
  ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::string read_text(int fd) {
  std::string text(1 << 20, '\0');
  const ssize_t count = ::read(fd, text.data(), text.size());
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

class ChannelTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    up_ = make_pipe(O_NONBLOCK);
    down_ = make_pipe();
    calls_.copy = [this](std::span<const char> piece) {
      copied_.append(piece.begin(), piece.end());
    };
  }
  void open_to(StreamKind kind, int fd) {
    auto channel =
        Channel::open(std::move(up_.reads), {StreamMode::pipe, kind, {STDOUT_FILENO}}, fd);
    ASSERT_TRUE(channel) << channel.error().message;
    channels_.push_back(std::move(*channel));
  }
  void open_to_pipe() { open_to(StreamKind::pipe, down_.writes.get()); }
  Channel& channel() { return channels_.front(); }

  Pipe up_;
  Pipe down_;
  std::string copied_;
  ChannelCalls calls_;
  std::vector<Channel> channels_;
};

TEST_F(ChannelTest, bytes_pass_unchanged_and_are_copied_after) {
  open_to_pipe();
  write_text(up_.writes.get(), std::string("a\0\xff\r\n", 5));
  carry_what_is_there(channels_, calls_);
  EXPECT_EQ(read_text(down_.reads.get()), std::string("a\0\xff\r\n", 5));
  EXPECT_EQ(copied_, std::string("a\0\xff\r\n", 5));
  EXPECT_TRUE(channel().at_rest());
  EXPECT_FALSE(channel().finished());
}

TEST_F(ChannelTest, it_is_finished_when_the_last_writer_is_gone_and_all_is_written) {
  open_to_pipe();
  write_text(up_.writes.get(), "end");
  up_.writes.reset();
  carry_what_is_there(channels_, calls_);
  EXPECT_TRUE(channel().finished());
  EXPECT_EQ(read_text(down_.reads.get()), "end");
}

TEST_F(ChannelTest, a_full_reader_holds_the_writer_back_and_nothing_is_lost) {
  open_to_pipe();
  const std::string filling(16 << 10, 'x');
  std::string sent;
  for (int i = 0; i < 16; ++i) {  // 256 KiB into two pipes of 64 KiB and one buffer
    const ssize_t count = ::write(up_.writes.get(), filling.data(), filling.size());
    if (count > 0) sent.append(filling, 0, static_cast<std::size_t>(count));
    carry_what_is_there(channels_, calls_);
  }
  EXPECT_LT(sent.size(), std::size_t{256} << 10);
  EXPECT_FALSE(channel().at_rest());
  up_.writes.reset();
  std::string received;
  while (!channel().finished()) {
    received += read_text(down_.reads.get());
    carry_what_is_there(channels_, calls_);
  }
  channels_.clear();
  down_.writes.reset();
  received += read_text(down_.reads.get());
  EXPECT_EQ(received, sent);
  EXPECT_EQ(copied_, sent);
}

TEST_F(ChannelTest, a_reader_that_left_is_told_to_the_writer_before_it_writes) {
  open_to_pipe();
  down_.reads.reset();
  carry_what_is_there(channels_, calls_);
  EXPECT_TRUE(channel().finished());
  EXPECT_EQ(::write(up_.writes.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(ChannelTest, a_socket_is_written_without_blocking_it_for_others) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const UniqueFd ours{ends[0]}, theirs{ends[1]};
  open_to(StreamKind::socket, ours.get());
  write_text(up_.writes.get(), "text");
  carry_what_is_there(channels_, calls_);
  EXPECT_EQ(read_text(theirs.get()), "text");
  EXPECT_EQ(::fcntl(ours.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ChannelTest, the_shared_description_of_a_pipe_stays_blocking) {
  open_to_pipe();
  EXPECT_EQ(::fcntl(down_.writes.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(channel().downstream_fd(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ChannelTest, a_full_disk_is_said_and_the_output_is_drained_all_the_same) {
  const UniqueFd full{::open("/dev/full", O_WRONLY)};
  if (!full) GTEST_SKIP() << "no /dev/full";
  open_to(StreamKind::other, full.get());
  write_text(up_.writes.get(), "text");
  carry_what_is_there(channels_, calls_);
  EXPECT_TRUE(channel().at_rest());
  EXPECT_EQ(channel().failure(),
            "an output file: No space left on device; the rest was not written");
  EXPECT_EQ(copied_, "text");
}

TEST_F(ChannelTest, the_backlog_is_what_waits_in_the_pipe) {
  open_to_pipe();
  write_text(up_.writes.get(), "12345");
  EXPECT_EQ(channel().backlog_limit(), 5U);
  carry_what_is_there(channels_, calls_);
  EXPECT_EQ(channel().backlog_limit(), 0U);
  EXPECT_EQ(channel().bytes_carried(), 5U);
}

TEST(PipePiece, what_fits_goes_in_one_write) {
  const std::string text(PIPE_BUF, 'x');
  EXPECT_EQ(pipe_piece_length(std::span{text}.first(3)), 3U);
  EXPECT_EQ(pipe_piece_length(text), 4096U);
}

TEST(PipePiece, more_is_cut_after_the_last_whole_line) {
  std::string text(6000, 'x');
  text[100] = '\n';
  text[3000] = '\n';
  text[5000] = '\n';
  EXPECT_EQ(pipe_piece_length(text), 3001U);
}

TEST(PipePiece, a_line_longer_than_a_write_is_cut_anywhere) {
  EXPECT_EQ(pipe_piece_length(std::string(9000, 'x')), 4096U);
}

}  // namespace
}  // namespace tidemark
