#include "monitor/output_follower.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace tidemark {
namespace {

class TempLog {
 public:
  TempLog()
      : path_(std::filesystem::temp_directory_path() /
              ("tidemark_follow_" + std::to_string(::getpid()))) {
    write("");
  }
  ~TempLog() { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream{path_, std::ios::trunc} << text; }
  void append(const std::string& text) { std::ofstream{path_, std::ios::app} << text; }
  void replace(const std::string& text) {
    const auto fresh = path_.string() + ".new";
    std::ofstream{fresh} << text;
    std::filesystem::rename(fresh, path_);
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// What the follower hands on now; "|" where a piece does not go on where the last one ended.
std::string read_now(OutputFollower& follower) {
  std::string text;
  while (follower.read_available([&text](const OutputFollower::Piece& piece) {
    text += (piece.new_file ? "|" : "") + std::string{piece.bytes};
  })) {
  }
  return text;
}

TEST(OutputFollower, a_growing_file_is_read_from_where_the_run_began) {
  TempLog log;
  log.write("output of the run before\n");
  OutputFollower follower{{.file = log.path(), .file_offset = 25}};
  EXPECT_EQ(read_now(follower), "");
  log.append("one\n");
  EXPECT_EQ(read_now(follower), "one\n");
  log.append("two\n");
  EXPECT_EQ(read_now(follower), "two\n");
}

TEST(OutputFollower, a_truncated_file_is_read_from_its_start) {
  TempLog log;
  log.write(std::string(5000, '.') + "\n");
  OutputFollower follower{{.file = log.path()}};
  EXPECT_EQ(read_now(follower).size(), 5001U);
  log.write("anew\n");
  EXPECT_EQ(read_now(follower), "|anew\n");
}

TEST(OutputFollower, a_file_that_comes_later_is_read_from_its_start) {
  TempLog log;
  std::filesystem::remove(log.path());
  OutputFollower follower{{.file = log.path(), .file_offset = 3}};
  EXPECT_EQ(read_now(follower), "");
  EXPECT_FALSE(follower.has_source());
  log.write("late\n");
  EXPECT_EQ(read_now(follower), "late\n");
  EXPECT_TRUE(follower.has_source());
}

TEST(OutputFollower, of_a_file_that_is_moved_away_the_rest_comes_before_the_new_one) {
  TempLog log;
  log.write("one\n");
  OutputFollower follower{{.file = log.path()}};
  EXPECT_EQ(read_now(follower), "one\n");
  log.append("two");
  std::filesystem::rename(log.path(), log.path() + ".1");
  log.write("three\n");
  EXPECT_EQ(read_now(follower), "two|three\n");
  std::filesystem::remove(log.path() + ".1");
}

TEST(OutputFollower, what_is_still_written_to_the_file_that_was_moved_away_is_read_too) {
  TempLog log;
  log.write("one\n");
  OutputFollower follower{{.file = log.path()}};
  EXPECT_EQ(read_now(follower), "one\n");
  const auto moved = log.path() + ".1";
  std::filesystem::rename(log.path(), moved);
  EXPECT_EQ(read_now(follower), "");
  std::ofstream{moved, std::ios::app} << "while no file has the name\n";
  EXPECT_EQ(read_now(follower), "while no file has the name\n");
  log.write("new\n");
  EXPECT_EQ(read_now(follower), "|new\n");
  std::ofstream{moved, std::ios::app} << "a last word\n";
  EXPECT_EQ(read_now(follower), "|a last word\n");
  log.append("new again\n");
  EXPECT_EQ(read_now(follower), "|new again\n");
  std::filesystem::remove(moved);
}

TEST(OutputFollower, a_file_that_is_replaced_while_it_is_read_is_read_to_its_end_first) {
  TempLog log;
  const std::string large(std::size_t{6} << 20, 'x');
  log.write(large + "end\n");
  OutputFollower follower{{.file = log.path()}};
  std::string text;
  const auto keep = [&text](const OutputFollower::Piece& piece) {
    text += (piece.new_file ? "|" : "") + std::string{piece.bytes};
  };
  EXPECT_TRUE(follower.read_available(keep));
  EXPECT_LT(text.size(), large.size());
  log.replace("the new one\n");
  while (follower.read_available(keep)) {
  }
  EXPECT_EQ(text, large + "end\n|the new one\n");
}

TEST(OutputFollower, what_was_there_before_is_read_apart) {
  TempLog log;
  log.write("before\n");
  OutputFollower follower{{.file = log.path(), .file_offset = 7}};
  std::string earlier;
  const auto written = follower.read_earlier(
      0, [&earlier](const OutputFollower::Piece& piece) { earlier += piece.bytes; });
  EXPECT_EQ(earlier, "before\n");
  EXPECT_TRUE(written);
  log.append("now\n");
  EXPECT_EQ(read_now(follower), "now\n");
}

TEST(OutputFollower, a_pipe_that_closes_ends_quietly) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  OutputFollower follower{{.pipe_fd = ends[0]}};
  EXPECT_EQ(follower.poll_fd(), ends[0]);
  const std::string text = "one\ntwo\n";
  ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  EXPECT_EQ(read_now(follower), text);
  EXPECT_EQ(read_now(follower), "");
  EXPECT_EQ(follower.poll_fd(), -1);
  EXPECT_TRUE(follower.has_source());
}

}  // namespace
}  // namespace tidemark
