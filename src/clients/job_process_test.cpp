#include <gtest/gtest.h>

#include <string>

#include "clients/clients.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

using namespace std::string_literals;

constexpr auto kStat =
    "77 (python) S 1 77 77 0 -1 4194560 100 0 0 0 5 1 0 0 20 0 1 0 9000 1000000 500 "
    "18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

ClientJob job() {
  return {.id = "3f1c", .name = "my_lora", .status = "running", .pid = 77};
}

HostTree tree(const std::string& environment, const std::string& command) {
  HostTree tree;
  tree.file("proc/77/stat", kStat);
  tree.file("proc/77/environ", environment);
  tree.file("proc/77/cmdline", command);
  return tree;
}

TEST(JobProcess, is_known_by_the_job_id_that_its_worker_gave_it) {
  const auto host = tree("PATH=/bin\0AITK_JOB_ID=3f1c\0HOME=/root\0"s, "python\0run.py\0"s);
  const auto found = find_job_process(host.host(), job());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, (ProcessIdentity{77, 9000}));
}

TEST(JobProcess, of_another_job_is_not_taken_although_the_command_line_fits) {
  const auto host =
      tree("AITK_JOB_ID=other\0"s, "python\0run.py\0/out/my_lora/.job_config.json\0"s);
  const auto found = find_job_process(host.host(), job());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::invalid);
}

TEST(JobProcess, without_an_environment_is_known_by_its_config) {
  const auto host = tree("", "python\0run.py\0/out/my_lora/.job_config.json\0"s);
  EXPECT_TRUE(find_job_process(host.host(), job()));
  auto other = job();
  other.name = "lora";  // an ending of the folder's name is not the folder
  EXPECT_FALSE(find_job_process(host.host(), other));
}

TEST(JobProcess, is_not_a_stranger_that_was_given_the_pid) {
  const auto host = tree("PATH=/bin\0"s, "sleep\0600\0"s);
  ASSERT_FALSE(find_job_process(host.host(), job()));
}

TEST(JobProcess, that_is_not_there_yet_is_not_found) {
  auto waiting = job();
  waiting.pid.reset();
  const auto found = find_job_process(HostTree{}.host(), waiting);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::not_found);
}

}  // namespace
}  // namespace tidemark
