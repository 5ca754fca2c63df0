#include "cli/access_token.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

namespace tidemark {
namespace {

class AccessToken : public ::testing::Test {
 protected:
  AccessToken() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_token_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~AccessToken() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream{file()} << text;
    ::chmod(file().c_str(), mode);
  }
  std::filesystem::path file() const { return folder_ / "data" / "token"; }
  std::filesystem::path folder_;
};

TEST_F(AccessToken, is_made_for_its_user_alone_and_found_again) {
  const auto made = read_or_make_token(file());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->size(), 64U);
  struct stat found{};
  ASSERT_EQ(::stat(file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(file().parent_path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700U);
  EXPECT_EQ(*read_or_make_token(file()), *made);
}

TEST_F(AccessToken, two_are_never_the_same) {
  EXPECT_NE(*random_secret(), *random_secret());
}

TEST_F(AccessToken, one_that_others_may_read_is_refused) {
  ASSERT_TRUE(read_or_make_token(file()));
  ::chmod(file().c_str(), 0644);
  EXPECT_EQ(read_or_make_token(file()).error().code, Errc::permission);
}

TEST_F(AccessToken, what_no_header_can_carry_is_refused) {
  std::filesystem::create_directories(file().parent_path());
  for (const char* text : {"", "short", "sixteen letters with blanks",
                           "a-token-with\na-second-line", "token;with;separators"}) {
    write(text);
    EXPECT_EQ(read_or_make_token(file()).error().code, Errc::malformed) << text;
  }
}

TEST_F(AccessToken, a_link_is_not_followed) {
  std::filesystem::create_directories(file().parent_path());
  std::filesystem::create_symlink("/etc/hostname", file());
  EXPECT_FALSE(read_or_make_token(file()));
}

}  // namespace
}  // namespace tidemark
