#include <map>

#include "server/compression.h"
#include "server/site_for_test.h"

namespace tidemark {
namespace {

class WebUi : public SiteTest {
 protected:
  WebUi() {
    const auto plain = [](std::string bytes) {
      WebFile file{.size = bytes.size(), .etag = etag_of(bytes)};
      file.bytes = std::make_shared<const std::string>(std::move(bytes));
      return file;
    };
    files_["index.html"] = plain("<!doctype html><script src=/assets/i-1.js></script>");
    files_["favicon.svg"] = plain("<svg/>");
    auto packed = plain(gzip("let x = 1"));
    packed.is_gzip = true;
    packed.size = 9;
    files_["assets/i-1.js"] = packed;
    options_.web_files = [this](std::string_view name) -> std::optional<WebFile> {
      const auto found = files_.find(std::string{name});
      return found == files_.end() ? std::nullopt : std::optional{found->second};
    };
    site_.emplace(options_);
  }
  WebResponse ask_gzip(const std::string& target, std::string etag = "") {
    auto sent = request(target);
    sent.accept_encoding = "gzip, br";
    sent.if_none_match = std::move(etag);
    return site_->answer(sent);
  }
  std::map<std::string, WebFile> files_{};
};

TEST_F(WebUi, the_addresses_of_its_router_are_one_page) {
  for (const char* target : {"/", "/jobs", "/jobs/job%2F1", "/jobs/none", "/compare?a=1&b=2"}) {
    const auto response = ask(target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_TRUE(response.body->contains("/assets/i-1.js")) << target;
    EXPECT_EQ(response.policy, PagePolicy::application) << target;
    EXPECT_FALSE(response.never_changes) << target;
  }
}

TEST_F(WebUi, files_with_a_hash_in_their_name_never_change) {
  const auto script = ask("/assets/i-1.js");
  EXPECT_TRUE(script.never_changes);
  EXPECT_EQ(script.type, "text/javascript; charset=utf-8");
  EXPECT_EQ(*script.body, "let x = 1") << "unpacked for a client without gzip";
  EXPECT_EQ(script.encoding, "");
  EXPECT_FALSE(ask("/favicon.svg").never_changes);
}

TEST_F(WebUi, packed_files_go_out_as_they_are) {
  const auto script = ask_gzip("/assets/i-1.js");
  EXPECT_EQ(script.encoding, "gzip");
  EXPECT_EQ(script.body, files_["assets/i-1.js"].bytes);
  EXPECT_TRUE(script.by_encoding);
  EXPECT_NE(script.etag, ask("/assets/i-1.js").etag) << "one tag for each form";
  EXPECT_EQ(ask_gzip("/assets/i-1.js", script.etag).status, 304);
  EXPECT_EQ(ask_gzip("/assets/i-1.js", "\"other\"").status, 200);
}

TEST_F(WebUi, the_api_and_what_is_not_there_are_answered_as_before) {
  EXPECT_EQ(ask("/api/jobs").type, "application/json");
  EXPECT_EQ(ask("/assets/none.js").status, 404);
  EXPECT_EQ(ask("/assets/..%2f..%2fetc%2fpasswd").status, 404);
  EXPECT_EQ(ask("/api/index.html").status, 404);
  EXPECT_TRUE(ask("/metrics").body->ends_with("# EOF\n"));
}

TEST_F(WebUi, the_page_without_script_stays_at_an_address_of_its_own) {
  const auto page = ask("/jobs/job%2F1/report");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.body->contains("<!doctype html>"));
  EXPECT_EQ(page.policy, PagePolicy::document);
}

TEST_F(WebUi, without_a_token_no_file_is_told) {
  auto bare = request("/assets/i-1.js");
  bare.authorization.clear();
  EXPECT_EQ(site_->answer(bare).status, 401);
}

}  // namespace
}  // namespace tidemark
