#include "monitor/output_follower.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace tidemark {
namespace {

const std::string kBar3 =
    "lora:  30%|###       | 3/10 [00:03<00:07,  1.00s/it, lr: 1.0e-03 loss: 3.000e-01]\r";
const std::string kBar4 =
    "lora:  40%|####      | 4/10 [00:04<00:06,  1.00s/it, lr: 1.0e-03 loss: 2.500e-01]\r";
const std::string kBar5 =
    "lora:  50%|#####     | 5/10 [00:05<00:05,  1.00s/it, lr: 1.0e-03 loss: 2.000e-01]\n";

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

std::size_t steps_after_reading(OutputFollower& follower, OutputReader& reader) {
  follower.read_available(reader, 1000.0);
  return reader.take_steps().size();
}

TEST(OutputFollower, a_growing_file_is_read_from_where_the_run_began) {
  TempLog log;
  log.write("output of the run before\n");
  OutputFollower follower{{.file = log.path(), .file_offset = 25}};
  OutputReader reader;
  EXPECT_EQ(steps_after_reading(follower, reader), 0U);
  log.append(kBar3 + kBar4 + kBar5);
  EXPECT_GE(steps_after_reading(follower, reader), 2U);
  EXPECT_EQ(reader.total_steps(), 10);
}

TEST(OutputFollower, a_truncated_file_is_read_from_its_start) {
  TempLog log;
  log.write(std::string(5000, '.') + "\n");
  OutputFollower follower{{.file = log.path()}};
  OutputReader reader;
  EXPECT_EQ(steps_after_reading(follower, reader), 0U);
  log.write(kBar3 + kBar4 + kBar5);
  EXPECT_GE(steps_after_reading(follower, reader), 2U);
}

TEST(OutputFollower, a_rotated_file_is_followed_by_its_name) {
  TempLog log;
  OutputFollower follower{{.file = log.path()}};
  OutputReader reader;
  log.replace(kBar3 + kBar4 + kBar5);
  EXPECT_GE(steps_after_reading(follower, reader), 2U);
}

TEST(OutputFollower, a_pipe_that_closes_ends_quietly) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  OutputFollower follower{{.pipe_fd = ends[0]}};
  OutputReader reader;
  EXPECT_EQ(follower.poll_fd(), ends[0]);
  const std::string text = kBar3 + kBar4 + kBar5;
  ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  EXPECT_GE(steps_after_reading(follower, reader), 2U);
  follower.read_available(reader, 1001.0);
  EXPECT_EQ(follower.poll_fd(), -1);
  EXPECT_TRUE(follower.has_source());
}

}  // namespace
}  // namespace tidemark
