#include "server/http_message.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using Path = std::vector<std::string>;

TEST(HttpTarget, a_path_is_split_before_it_is_decoded) {
  EXPECT_EQ(parse_target("/api/jobs/a%2Fb/analysis")->path,
            (Path{"api", "jobs", "a/b", "analysis"}));
  EXPECT_EQ(parse_target("/")->path, Path{});
  EXPECT_EQ(parse_target("//jobs//")->path, Path{"jobs"});
}

TEST(HttpTarget, dots_are_names_like_others) {
  EXPECT_EQ(parse_target("/jobs/../etc")->path, (Path{"jobs", "..", "etc"}))
      << "no path becomes a file's";
}

TEST(HttpTarget, a_query_gives_its_values_decoded) {
  const auto target = parse_target("/x?run=2&name=a%26b&empty=&bare");
  ASSERT_TRUE(target);
  EXPECT_EQ(*target->find("run"), "2");
  EXPECT_EQ(*target->find("name"), "a&b");
  EXPECT_EQ(*target->find("empty"), "");
  EXPECT_EQ(*target->find("bare"), "");
  EXPECT_EQ(target->find("other"), nullptr);
}

TEST(HttpTarget, what_cannot_be_read_is_refused) {
  for (const char* target :
       {"", "x", "http://evil/", "/a%", "/a%4", "/a%zz", "/a%00b", "/?q=%g0", "*"})
    EXPECT_FALSE(parse_target(target)) << target;
}

}  // namespace
}  // namespace tidemark
