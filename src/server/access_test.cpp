#include "server/access.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

const AccessRules kRules{.token = "secret", .named_host = "spark.local"};

WebRequest with_token(std::string host) {
  return {.method = "GET", .host = std::move(host), .authorization = "Bearer secret"};
}

TEST(Access, addresses_and_localhost_are_this_machine) {
  for (const char* host :
       {"127.0.0.1:8676", "localhost:8676", "localhost", "[::1]:8676", "192.168.1.7:80"})
    EXPECT_EQ(judge_access(with_token(host), kRules), Verdict::allowed) << host;
}

TEST(Access, a_name_that_leads_here_by_dns_is_foreign) {
  for (const char* host :
       {"evil.example:8676", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1"})
    EXPECT_EQ(judge_access(with_token(host), kRules), Verdict::foreign) << host;
}

TEST(Access, the_name_that_the_user_gave_is_known) {
  EXPECT_EQ(judge_access(with_token("spark.local:8676"), kRules), Verdict::allowed);
  EXPECT_EQ(judge_access(with_token("spark.local"), {.token = "secret"}), Verdict::foreign);
}

TEST(Access, a_page_of_another_site_is_foreign_whatever_it_knows) {
  auto request = with_token("127.0.0.1:8676");
  request.origin = "http://evil.example";
  EXPECT_EQ(judge_access(request, kRules), Verdict::foreign);
  request.origin = "null";
  EXPECT_EQ(judge_access(request, kRules), Verdict::foreign);
  request.origin = "http://127.0.0.1:9999";
  EXPECT_EQ(judge_access(request, kRules), Verdict::foreign) << "another server of this machine";
  request.origin = "http://127.0.0.1:8676";
  EXPECT_EQ(judge_access(request, kRules), Verdict::allowed);
}

TEST(Access, the_token_is_asked_for_and_compared_whole) {
  WebRequest request{.method = "GET", .host = "localhost"};
  EXPECT_EQ(judge_access(request, kRules), Verdict::no_token);
  for (const char* wrong :
       {"Bearer secre", "Bearer secrets", "Bearer ", "secret", "Basic secret"}) {
    request.authorization = wrong;
    EXPECT_EQ(judge_access(request, kRules), Verdict::no_token) << wrong;
  }
}

TEST(Access, a_cookie_carries_it_too) {
  WebRequest request{
      .method = "GET", .host = "localhost", .cookie = "a=b; tidemark_token=secret; c=d"};
  EXPECT_EQ(judge_access(request, kRules), Verdict::allowed);
  request.cookie = "tidemark_token=other";
  EXPECT_EQ(judge_access(request, kRules), Verdict::no_token);
  request.cookie = "not_tidemark_token=secret";
  EXPECT_EQ(judge_access(request, kRules), Verdict::no_token);
}

TEST(Access, without_a_token_host_and_origin_still_count) {
  WebRequest request{.method = "GET", .host = "localhost"};
  EXPECT_EQ(judge_access(request, {}), Verdict::allowed);
  request.host = "evil.example";
  EXPECT_EQ(judge_access(request, {}), Verdict::foreign);
}

}  // namespace
}  // namespace tidemark
