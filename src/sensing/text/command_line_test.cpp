#include "sensing/text/command_line.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark {
namespace {

using namespace std::string_literals;

TEST(CommandLine, a_spawned_multiprocessing_child_is_recognised) {
  EXPECT_EQ(
      parse_command_line("/usr/bin/python3\0-c\0from multiprocessing.spawn import spawn_main; "
                         "spawn_main(tracker_fd=5, pipe_handle=7)\0--multiprocessing-fork\0"s),
      ProgramKind::spawn_child);
}

TEST(CommandLine, the_forkserver_and_the_trackers_are_not_workers) {
  EXPECT_EQ(
      parse_command_line("python3\0-c\0from multiprocessing.forkserver import main; main(6, 7, "
                         "['__main__'], **{})\0"s),
      ProgramKind::forkserver);
  EXPECT_EQ(parse_command_line(
                "python3\0-c\0from multiprocessing.resource_tracker import main;main(4)\0"s),
            ProgramKind::resource_tracker);
  EXPECT_EQ(
      parse_command_line("python3\0-c\0from multiprocess.semaphore_tracker import main;main(4)\0"s),
      ProgramKind::resource_tracker);
}

TEST(CommandLine, a_mention_of_multiprocessing_is_not_enough) {
  EXPECT_EQ(parse_command_line("python3\0train.py\0--note=--multiprocessing-fork\0"s),
            ProgramKind::plain);
  EXPECT_EQ(parse_command_line(""), ProgramKind::plain);
}

}  // namespace
}  // namespace tidemark
