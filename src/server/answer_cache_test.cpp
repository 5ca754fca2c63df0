#include "server/answer_cache.h"

#include <gtest/gtest.h>

#include "server/compression.h"

namespace tidemark {
namespace {

TEST(AnswerCache, an_answer_is_made_once_while_its_state_stands) {
  AnswerCache cache{2};
  int made = 0;
  const auto make = [&made]() -> Result<std::string> { return "answer " + std::to_string(++made); };
  EXPECT_EQ(*cache.get("a", "ended 1", make)->body, "answer 1");
  EXPECT_EQ(*cache.get("a", "ended 1", make)->body, "answer 1");
  EXPECT_EQ(*cache.get("a", "ended 2", make)->body, "answer 2");
}

TEST(AnswerCache, the_answer_that_was_asked_for_longest_ago_goes_first) {
  AnswerCache cache{2};
  int made = 0;
  const auto make = [&made]() -> Result<std::string> { return std::to_string(++made); };
  (void)cache.get("a", "", make);
  (void)cache.get("b", "", make);
  (void)cache.get("a", "", make);
  (void)cache.get("c", "", make);
  EXPECT_EQ(*cache.get("a", "", make)->body, "1");
  EXPECT_EQ(*cache.get("b", "", make)->body, "4");
}

TEST(AnswerCache, a_failure_is_not_kept) {
  AnswerCache cache{2};
  const auto failing = []() -> Result<std::string> { return fail(Errc::busy, "held"); };
  EXPECT_EQ(cache.get("a", "", failing).error().message, "held");
  EXPECT_EQ(*cache.get("a", "", []() -> Result<std::string> { return "now"; })->body, "now");
}

TEST(AnswerCache, the_packed_form_is_made_of_the_same_answer) {
  AnswerCache cache{4};
  int made = 0;
  const auto make = [&made]() -> Result<std::string> { return std::to_string(++made); };
  const auto packed = cache.get_gzipped("a", "", make);
  EXPECT_EQ(gunzip(*packed->body, 10), "1");
  EXPECT_EQ(cache.get_gzipped("a", "", make)->body, packed->body) << "packed once";
  EXPECT_EQ(*cache.get("a", "", make)->body, "1");
  EXPECT_NE(cache.get("a", "", make)->etag, packed->etag);
}

TEST(AnswerCache, a_tag_is_found_in_what_a_client_has) {
  for (const char* field : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\"", "*"})
    EXPECT_TRUE(names_tag(field, "\"a\"")) << field;
  for (const char* field : {"", "\"b\"", "a", "\"ab\"", ","})
    EXPECT_FALSE(names_tag(field, "\"a\"")) << field;
}

TEST(AnswerCache, the_tag_tells_bodies_apart) {
  EXPECT_EQ(etag_of("one"), etag_of("one"));
  EXPECT_NE(etag_of("one"), etag_of("two"));
  EXPECT_EQ(etag_of("").size(), 18U) << "quoted, as a header has it";
}

}  // namespace
}  // namespace tidemark
