#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

class FindConfig : public testing::Test {
 protected:
  FindConfig() {
    fs::create_directories(folder_ / "config");
    write("job.yaml", "config: {process: [{type: sd_trainer}]}");
    write("job.json", R"({"config": {"process": []}})");
    write("plain.yaml", "lr: 1");
    write("other.yaml", "steps: 1");
    write("broken.yaml", "a: [");
    write("train.py", "import torch\n");
    write("job.conf", "config: {process: []}");
    write("config/nested.yml", "config: {process: []}");
  }
  ~FindConfig() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream{folder_ / name} << text;
  }
  std::string found(const std::vector<std::string>& command) {
    const auto file = find_config_in_command(command, folder_);
    return file ? fs::relative(*file, folder_).string() : "none";
  }

  fs::path folder_ = fs::temp_directory_path() / ("tidemark_find_" + std::to_string(::getpid()));
};

TEST_F(FindConfig, the_first_file_of_a_jobs_shape_wins) {
  EXPECT_EQ(found({"python", "train.py", "plain.yaml", "job.yaml", "job.json"}), "job.yaml");
  EXPECT_EQ(found({"python", "train.py", "--config=job.json"}), "job.json");
  EXPECT_EQ(found({"python", "train.py", "-c", "job.yaml", "--any=job.json"}), "job.yaml");
}

TEST_F(FindConfig, the_program_itself_is_no_argument) {
  EXPECT_EQ(found({"job.yaml"}), "none");
}

TEST_F(FindConfig, absolute_paths_and_the_folder_config_are_looked_at) {
  EXPECT_EQ(found({"python", "run.py", (folder_ / "job.yaml").string()}), "job.yaml");
  EXPECT_EQ(found({"python", "run.py", "nested.yml"}), "config/nested.yml");
  EXPECT_EQ(found({"python", "run.py", "nested"}), "config/nested.yml");
  EXPECT_EQ(found({"python", "run.py", "job"}), "job.json");
}

TEST_F(FindConfig, another_mapping_counts_only_after_a_config_flag) {
  EXPECT_EQ(found({"python", "train.py", "plain.yaml"}), "none");
  EXPECT_EQ(found({"python", "train.py", "--config", "plain.yaml"}), "plain.yaml");
  EXPECT_EQ(found({"python", "train.py", "--other=plain.yaml"}), "none");
}

TEST_F(FindConfig, behind_a_launchers_config_the_trainers_counts) {
  EXPECT_EQ(found({"accelerate", "launch", "--config_file", "plain.yaml", "train.py", "--config",
                   "other.yaml"}),
            "other.yaml");
  EXPECT_EQ(found({"accelerate", "launch", "--config_file", "plain.yaml", "train.py", "job.yaml"}),
            "job.yaml");
}

TEST_F(FindConfig, an_unusual_ending_counts_only_after_a_config_flag) {
  EXPECT_EQ(found({"python", "train.py", "job.conf"}), "none");
  EXPECT_EQ(found({"python", "train.py", "--config", "job.conf"}), "job.conf");
}

TEST_F(FindConfig, what_is_broken_missing_or_no_file_is_passed_over) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe.yaml").c_str(), 0600), 0);
  EXPECT_EQ(found({"python", "broken.yaml", "missing.yaml", "pipe.yaml", ".", "", "-",
                   "--config=", "/dev/zero", "job.yaml"}),
            "job.yaml");
  EXPECT_EQ(found({}), "none");
}

}  // namespace
}  // namespace tidemark
