#include "os/command_output.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using std::chrono::milliseconds;

TEST(ReadCommand, what_it_prints_and_nothing_of_its_errors) {
  EXPECT_EQ(read_command({"sh", "-c", "echo one; echo two >&2; exit 3"}, milliseconds{5000}),
            "one\n");
}

TEST(ReadCommand, one_that_goes_on_is_killed_and_what_it_said_is_kept) {
  EXPECT_EQ(read_command({"sh", "-c", "echo here; exec sleep 1000"}, milliseconds{300}), "here\n");
}

TEST(ReadCommand, a_flood_ends_at_the_bound) {
  EXPECT_EQ(read_command({"yes"}, milliseconds{5000}, 10), "y\ny\ny\ny\ny\n");
}

TEST(ReadCommand, a_command_that_is_not_there_is_an_error) {
  EXPECT_EQ(read_command({"no-such-command-here"}, milliseconds{100}).error().code,
            Errc::not_found);
}

}  // namespace
}  // namespace tidemark
