#include "store/string_list.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using List = std::vector<std::string>;

TEST(StringList, writes_a_json_array) {
  EXPECT_EQ(string_list_json({"a", "b c", ""}), R"(["a","b c",""])");
  EXPECT_EQ(string_list_json({}), "[]");
}

TEST(StringList, escapes_what_json_cannot_hold_bare) {
  EXPECT_EQ(string_list_json({"\"\\\n\x01"}), "[\"\\\"\\\\\\u000a\\u0001\"]");
}

TEST(StringList, gives_back_any_bytes) {
  const List list{"plain", std::string{"nul\0in", 6}, "\xff\xfe no utf-8", "\"]", "\\u0041"};
  EXPECT_EQ(parse_string_list(string_list_json(list)), list);
}

TEST(StringList, reads_what_others_write) {
  EXPECT_EQ(parse_string_list(" [ \"a\" , \"\\u00e9\\n\\/\" ] "), (List{"a", "\xc3\xa9\n/"}));
  EXPECT_EQ(parse_string_list(R"(["\ud83d\ude00"])"), (List{"\xf0\x9f\x98\x80"}));
  EXPECT_EQ(parse_string_list("[]"), List{});
}

TEST(StringList, what_is_no_array_of_strings_is_absent) {
  for (const auto* text :
       {"", "[", "[1]", "[\"a\"", "[\"a]", "[\"a\",]", "[\"a\"] x", "{}", "[\"\\x\"]",
        "[\"\\u12\"]", "[\"\\ud800\"]", "[\"\\ud800\\u0041\"]", "[\"\\"})
    EXPECT_FALSE(parse_string_list(text)) << text;
}

}  // namespace
}  // namespace tidemark
