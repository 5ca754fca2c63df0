#include "integrate/git_folder.h"

#include "integrate/test_checkout.h"

namespace tidemark {
namespace {

GitFolder folder_of(const TestCheckout& checkout) {
  const auto found = find_git_folder(checkout.root());
  EXPECT_TRUE(found && *found);
  return found->value_or(GitFolder{});
}

TEST(GitFolder, a_work_tree_names_the_folder_that_it_shares) {
  const TestCheckout checkout;
  checkout.write(".git", "gitdir: repo/worktrees/one\n");
  checkout.write("repo/worktrees/one/commondir", "../..\n");
  checkout.write("repo/config", "[core]\n\tbare = false\n");
  EXPECT_EQ(folder_of(checkout).common, checkout.root() / "repo");
}

TEST(GitFolder, hooks_are_where_the_config_says) {
  const TestCheckout checkout;
  checkout.write(".git/config", "[core]\n\thooksPath = .githooks\n");
  EXPECT_EQ(folder_of(checkout).hooks, checkout.root() / ".githooks");
}

TEST(GitFolder, a_folder_without_git_has_none) {
  const TestCheckout checkout;
  EXPECT_FALSE(find_git_folder(checkout.root()).value());
}

TEST(GitFolder, a_pattern_means_one_path_alone) {
  EXPECT_EQ(git_pattern("ui/jobs/[jobID]/page.tsx"), "/ui/jobs/\\[jobID\\]/page.tsx");
}

TEST(GitFolder, our_lines_go_in_front_and_come_out_again) {
  GitFile file{.path = "exclude", .lines = "/ours\n"};
  const auto with = with_lines(file, "theirs").value();
  EXPECT_EQ(with, "# tidemark:begin\n/ours\n# tidemark:end\ntheirs");
  file.lines.clear();
  EXPECT_EQ(with_lines(file, with).value(), "theirs");
}

TEST(GitFolder, a_file_that_held_nothing_else_goes) {
  GitFile file{.path = "attributes", .lines = "x\n"};
  const auto made = with_lines(file, std::nullopt).value();
  file.lines.clear();
  EXPECT_EQ(with_lines(file, made).value(), std::nullopt);
  EXPECT_EQ(with_lines(file, "").value(), "");  // theirs, and empty
}

TEST(GitFolder, a_hook_is_made_or_joined_behind_its_first_line) {
  GitFile hook{.path = "post-merge", .lines = "ours\n", .is_hook = true};
  EXPECT_EQ(with_lines(hook, std::nullopt).value(),
            "#!/bin/sh\n# tidemark:begin\nours\n# tidemark:end\n");
  const std::string theirs = "#!/usr/bin/env bash\ntheirs\nexit 0\n";
  const auto joined = with_lines(hook, theirs).value();
  EXPECT_EQ(joined,
            "#!/usr/bin/env bash\n# tidemark:begin\nours\n# tidemark:end\ntheirs\nexit 0\n");
  hook.lines.clear();
  EXPECT_EQ(with_lines(hook, joined).value(), theirs);
}

TEST(GitFolder, a_hook_in_another_language_is_left_alone) {
  const GitFile hook{.path = "post-merge", .lines = "ours\n", .is_hook = true};
  for (const std::string other :
       {"/usr/bin/python3", "/home/josh/bin/python3", "/usr/bin/env fish"})
    EXPECT_EQ(with_lines(hook, "#!" + other + "\nprint()\n").error().code, Errc::unsupported)
        << other;
  EXPECT_TRUE(with_lines(hook, "#!/usr/bin/env -S bash -e\ntrue\n"));
}

}  // namespace
}  // namespace tidemark
