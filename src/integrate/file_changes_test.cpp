#include "integrate/file_changes.h"

#include <sys/stat.h>
#include <unistd.h>

#include "integrate/test_checkout.h"

namespace tidemark {
namespace {

TEST(FileChanges, files_are_made_edited_and_removed_together) {
  const TestCheckout place;
  place.write("edit", "old");
  place.write("gone", "x");
  ::chmod((place.root() / "edit").c_str(), 0640);
  const auto done = carry_out({{.path = place.root() / "a/b/made", .before = {}, .after = "new"},
                               {.path = place.root() / "edit", .before = "old", .after = "new"},
                               {.path = place.root() / "gone", .before = "x", .after = {}}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(place.read("a/b/made"), "new");
  EXPECT_EQ(place.read("edit"), "new");
  EXPECT_FALSE(std::filesystem::exists(place.root() / "gone"));
  struct stat found{};
  ::stat((place.root() / "edit").c_str(), &found);
  EXPECT_EQ(found.st_mode & 07777, 0640U);
}

TEST(FileChanges, nothing_is_changed_where_one_file_is_not_as_it_was_read) {
  const TestCheckout place;
  place.write("one", "1");
  place.write("two", "changed meanwhile");
  const auto before = place.everything();
  const auto done = carry_out({{.path = place.root() / "one", .before = "1", .after = "new"},
                               {.path = place.root() / "two", .before = "2", .after = "new"}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_EQ(place.everything(), before);
}

TEST(FileChanges, what_was_done_is_taken_back_when_a_later_one_fails) {
  const TestCheckout place;
  place.write("one", "1");
  place.write("two", "2");
  const auto before = place.everything();
  // The same file twice: what was written beside it is gone when its second turn comes.
  const auto done = carry_out({{.path = place.root() / "one", .before = "1", .after = "new"},
                               {.path = place.root() / "made", .before = {}, .after = "new"},
                               {.path = place.root() / "two", .before = "2", .after = "new"},
                               {.path = place.root() / "two", .before = "2", .after = "again"}});
  EXPECT_FALSE(done);
  EXPECT_EQ(place.everything(), before);
}

TEST(FileChanges, a_link_is_not_followed) {
  const TestCheckout place;
  std::filesystem::create_symlink(place.root() / "elsewhere", place.root() / "link");
  EXPECT_EQ(read_whole_file(place.root() / "link").error().code, Errc::unsupported);
}

TEST(FileChanges, only_empty_folders_go) {
  const TestCheckout place;
  place.write("a/b/c/file", "x");
  std::filesystem::create_directories(place.root() / "a/d/e");
  remove_empty_folders(
      {place.root() / "a", place.root() / "a/b", place.root() / "a/d", place.root() / "a/d/e"});
  EXPECT_TRUE(std::filesystem::exists(place.root() / "a/b/c/file"));
  EXPECT_FALSE(std::filesystem::exists(place.root() / "a/d"));
}

}  // namespace
}  // namespace tidemark
