#include "server/web_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "server/compression.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

class WebFolder : public ::testing::Test {
 protected:
  WebFolder() {
    std::string pattern = (fs::temp_directory_path() / "tidemark_web_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    fs::create_directories(folder() / "assets");
    std::ofstream{folder() / "index.html"} << "<!doctype html>";
    std::ofstream{folder() / "assets/a-1.js"} << "1";
    std::ofstream{root_ / "secret"} << "secret";
    fs::create_symlink(root_ / "secret", folder() / "link");
    fs::create_directory_symlink(root_, folder() / "up");
  }
  ~WebFolder() override { fs::remove_all(root_); }
  fs::path folder() const { return root_ / "dist"; }
  fs::path root_;
};

TEST_F(WebFolder, its_files_are_found_by_name_as_they_are_now) {
  const auto files = web_files_in(folder());
  EXPECT_EQ(*files("index.html")->bytes, "<!doctype html>");
  const auto before = files("assets/a-1.js");
  ASSERT_TRUE(before);
  std::ofstream{folder() / "assets/a-1.js"} << "2";
  const auto after = files("assets/a-1.js");
  EXPECT_EQ(*after->bytes, "2");
  EXPECT_NE(after->etag, before->etag);
}

TEST_F(WebFolder, nothing_else_is) {
  const auto files = web_files_in(folder());
  for (const char* name : {"", ".", "assets", "assets/", "../secret", "assets/../index.html",
                           "/etc/passwd", "link", "up/secret", "index.htm"})
    EXPECT_FALSE(files(name)) << name;
  EXPECT_FALSE(files("assets//a-1.js")) << "one name, one address";
  EXPECT_FALSE(files("index.html/")) << "a file is no folder";
  EXPECT_FALSE(web_files_in(root_ / "not there")("index.html"));
}

TEST(WebFiles, types_are_those_of_their_endings) {
  EXPECT_EQ(type_of_file("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(type_of_file("assets/x.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(type_of_file("assets/x.css"), "text/css; charset=utf-8");
  EXPECT_EQ(type_of_file("x.svg"), "image/svg+xml");
  EXPECT_EQ(type_of_file("x"), "application/octet-stream");
}

TEST(WebFiles, what_was_built_in_unpacks_to_its_size) {
  const auto files = embedded_web_files();
  if (!files) GTEST_SKIP() << "this build carries no web UI";
  ASSERT_TRUE(files("index.html"));
  for (const auto& file : embedded_files()) {
    const auto found = files(file.name);
    ASSERT_TRUE(found) << file.name;
    const auto plain = gunzip(*found->bytes, file.size);
    ASSERT_TRUE(plain) << file.name;
    EXPECT_EQ(plain->size(), file.size) << file.name;
  }
}

}  // namespace
}  // namespace tidemark
