#include "os/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace tidemark {
namespace {

bool closes_on_exec(int fd) {
  return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

bool is_non_blocking(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

struct TemporaryFile {
  TemporaryFile() : fd(::mkstemp(path.data())) {}
  ~TemporaryFile() { ::unlink(path.c_str()); }
  std::string path = testing::TempDir() + "descriptors_XXXXXX";
  UniqueFd fd;
};

TEST(Descriptors, a_pipe_carries_and_closes_on_exec) {
  const auto pipe = open_pipe();
  ASSERT_TRUE(pipe) << pipe.error().message;
  ASSERT_EQ(::write(pipe->write_end.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(pipe->read_end.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  for (const int end : {pipe->read_end.get(), pipe->write_end.get()}) {
    EXPECT_TRUE(closes_on_exec(end));
    EXPECT_FALSE(is_non_blocking(end));
  }
}

TEST(Descriptors, sockets_of_a_pair_never_wait) {
  const auto pair = open_socket_pair();
  ASSERT_TRUE(pair) << pair.error().message;
  char byte = 0;
  EXPECT_EQ(::read(pair->first.get(), &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  ASSERT_EQ(::write(pair->second.get(), "x", 1), 1);
  EXPECT_EQ(::read(pair->first.get(), &byte, 1), 1);
  EXPECT_TRUE(closes_on_exec(pair->first.get()) && closes_on_exec(pair->second.get()));
}

TEST(Descriptors, a_replaced_descriptor_leads_elsewhere_and_closes_on_exec) {
  const auto pipe = open_pipe();
  const UniqueFd null{::open("/dev/null", O_RDWR)};
  replace_descriptor(pipe->write_end.get(), null.get());
  ASSERT_EQ(::write(null.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(pipe->read_end.get(), &byte, 1), 1);
  EXPECT_TRUE(closes_on_exec(null.get()));
}

TEST(Descriptors, a_pipe_opened_once_more_has_flags_of_its_own) {
  const auto pipe = open_pipe();
  const auto again = reopen_for_writing(pipe->write_end.get());
  if (!again) GTEST_SKIP() << "this system duplicates where it should open";
  EXPECT_TRUE(is_non_blocking(again.get()));
  EXPECT_FALSE(is_non_blocking(pipe->write_end.get()));
}

TEST(Descriptors, a_file_is_found_by_its_descriptor) {
  const TemporaryFile file;
  const auto path = path_of_descriptor(file.fd.get());
  ASSERT_TRUE(path);
  EXPECT_EQ(std::filesystem::canonical(*path), std::filesystem::canonical(file.path));
}

TEST(Descriptors, the_time_of_the_last_write_has_its_fraction) {
  const TemporaryFile file;
  const std::array<timeval, 2> times{
      {{.tv_sec = 7, .tv_usec = 0}, {.tv_sec = 1'700'000'000, .tv_usec = 250'000}}};
  ASSERT_EQ(::futimes(file.fd.get(), times.data()), 0);
  EXPECT_DOUBLE_EQ(modified_at(file.fd.get()).value(), 1'700'000'000.25);
  EXPECT_FALSE(modified_at(-1));
}

// In a child: what it closes would be missed here.
TEST(Descriptors, all_but_the_kept_ones_are_closed) {
  const auto kept = open_pipe();
  const auto other = open_pipe();
  const pid_t pid = ::fork();
  if (pid == 0) {
    close_all_descriptors_but({kept->write_end.get(), -1, kept->read_end.get()});
    const bool right = ::fcntl(kept->read_end.get(), F_GETFD) != -1 &&
                       ::fcntl(kept->write_end.get(), F_GETFD) != -1 &&
                       ::fcntl(other->read_end.get(), F_GETFD) == -1 &&
                       ::fcntl(other->write_end.get(), F_GETFD) == -1 &&
                       ::fcntl(STDERR_FILENO, F_GETFD) == -1;
    ::_exit(right ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tidemark
