#include "os/process_facts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tidemark {
namespace {

namespace fs = std::filesystem;

TEST(ProcessFacts, our_own_program_folder_and_words) {
  const HostRoot host;
  EXPECT_TRUE(
      fs::equivalent(own_executable(), fs::path{read_command_words(host, ::getpid()).at(0)}));
  EXPECT_EQ(fs::path{read_working_folder(host, ::getpid()).value()}, fs::current_path());
}

TEST(ProcessFacts, an_open_file_has_its_path_and_whether_it_is_appended_to) {
  const auto path = fs::path{testing::TempDir()} / ("facts_" + std::to_string(::getpid()));
  const UniqueFd plain{::open(path.c_str(), O_WRONLY | O_CREAT, 0600)};
  const UniqueFd appending{::open(path.c_str(), O_WRONLY | O_APPEND)};
  const auto first = read_open_file(HostRoot{}, ::getpid(), plain.get());
  const auto second = read_open_file(HostRoot{}, ::getpid(), appending.get());
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(fs::equivalent(first->path, path));
  EXPECT_FALSE(first->appends);
  EXPECT_TRUE(second->appends);
  fs::remove(path);
}

TEST(ProcessFacts, what_is_not_there_is_absent) {
  const HostRoot nothing{"tests/fixtures/hosts"};
  EXPECT_TRUE(read_command_words(nothing, 1).empty());
  EXPECT_FALSE(read_working_folder(nothing, 1));
  EXPECT_FALSE(read_open_file(HostRoot{}, ::getpid(), 9999));
}

}  // namespace
}  // namespace tidemark
