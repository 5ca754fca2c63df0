#include "launcher/streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "os/unique_fd.h"

namespace tidemark {
namespace {

struct TemporaryFile {
  std::string path = "/tmp/tidemark_streams_XXXXXX";
  UniqueFd fd{::mkstemp(path.data())};
  ~TemporaryFile() { ::unlink(path.c_str()); }
};

TEST(Streams, a_terminal_becomes_a_pty_and_a_pipe_a_pipe) {
  EXPECT_EQ(mode_for(StreamKind::terminal, true, false), StreamMode::pty);
  EXPECT_EQ(mode_for(StreamKind::pipe, true, false), StreamMode::pipe);
  EXPECT_EQ(mode_for(StreamKind::socket, true, false), StreamMode::pipe);
}

TEST(Streams, a_file_a_device_and_a_closed_descriptor_are_inherited) {
  EXPECT_EQ(mode_for(StreamKind::regular_file, true, false), StreamMode::inherit);
  EXPECT_EQ(mode_for(StreamKind::other, true, false), StreamMode::inherit);
  EXPECT_EQ(mode_for(StreamKind::closed, true, false), StreamMode::inherit);
}

TEST(Streams, a_log_copy_needs_a_relay_for_files_too_but_opens_nothing_that_is_closed) {
  EXPECT_EQ(mode_for(StreamKind::regular_file, true, true), StreamMode::pipe);
  EXPECT_EQ(mode_for(StreamKind::other, true, true), StreamMode::pipe);
  EXPECT_EQ(mode_for(StreamKind::closed, true, true), StreamMode::inherit);
}

TEST(Streams, without_capture_all_is_inherited) {
  EXPECT_EQ(mode_for(StreamKind::terminal, false, false), StreamMode::inherit);
  EXPECT_EQ(mode_for(StreamKind::pipe, false, true), StreamMode::inherit);
}

TEST(Streams, one_stream_under_two_descriptors_shares_one_relay) {
  const StreamFacts terminal{StreamKind::terminal, 34816, 0};
  const auto plans = plan_relays(terminal, terminal, true, false);
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].mode, StreamMode::pty);
  EXPECT_EQ(plans[0].descriptors, (std::vector{1, 2}));
}

TEST(Streams, two_pipes_have_a_relay_each) {
  const auto plans =
      plan_relays({StreamKind::pipe, 13, 100}, {StreamKind::pipe, 13, 101}, true, false);
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans[0].descriptors, std::vector{1});
  EXPECT_EQ(plans[1].descriptors, std::vector{2});
}

TEST(Streams, only_standard_error_is_relayed_where_standard_output_is_a_file) {
  const auto plans =
      plan_relays({StreamKind::regular_file, 8, 5}, {StreamKind::terminal, 34816, 0}, true, false);
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].descriptors, std::vector{2});
}

TEST(Streams, descriptors_are_told_apart_by_what_they_are) {
  const TemporaryFile file;
  int pipe_ends[2];
  int sockets[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  const UniqueFd reads{pipe_ends[0]}, writes{pipe_ends[1]}, left{sockets[0]}, right{sockets[1]};
  const UniqueFd null{::open("/dev/null", O_WRONLY)};
  const UniqueFd terminal{::posix_openpt(O_RDWR | O_NOCTTY)};
  ASSERT_EQ(::fcntl(file.fd.get(), F_SETFD, 0), 0);
  EXPECT_EQ(inspect_stream(file.fd.get()).kind, StreamKind::regular_file);
  EXPECT_EQ(inspect_stream(writes.get()).kind, StreamKind::pipe);
  EXPECT_EQ(inspect_stream(right.get()).kind, StreamKind::socket);
  EXPECT_EQ(inspect_stream(null.get()).kind, StreamKind::other);
  EXPECT_EQ(inspect_stream(terminal.get()).kind, StreamKind::terminal);
  EXPECT_EQ(inspect_stream(reads.get()).kind, StreamKind::other) << "open for reading only";
  EXPECT_EQ(inspect_stream(-1).kind, StreamKind::closed);
}

TEST(Streams, a_descriptor_that_we_put_in_a_closed_ones_place_counts_as_closed) {
  const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  EXPECT_EQ(inspect_stream(null.get()).kind, StreamKind::closed);
}

TEST(Streams, an_output_file_is_found_with_the_offset_of_the_next_byte) {
  const TemporaryFile file;
  ASSERT_EQ(::write(file.fd.get(), "12345678", 8), 8);
  ASSERT_EQ(::lseek(file.fd.get(), 3, SEEK_SET), 3);
  const auto here = locate_output_file(file.fd.get());
  ASSERT_TRUE(here);
  EXPECT_EQ(here->path, file.path);
  EXPECT_EQ(here->offset, 3);
  const UniqueFd appending{::open(file.path.c_str(), O_WRONLY | O_APPEND)};
  EXPECT_EQ(locate_output_file(appending.get())->offset, 8);
}

TEST(Streams, a_deleted_output_file_has_no_place) {
  const TemporaryFile file;
  ::unlink(file.path.c_str());
  EXPECT_FALSE(locate_output_file(file.fd.get()));
}

}  // namespace
}  // namespace tidemark
