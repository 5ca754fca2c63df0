#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "notify/notify.h"

namespace tidemark {
namespace {

TEST(Payload, has_the_fields_that_ntfy_slack_and_discord_read) {
  const auto json = nlohmann::json::parse(payload_of({.title = "my_lora died",
                                                      .message = "Killed by the kernel",
                                                      .event = "died",
                                                      .job = "my_lora"}));
  EXPECT_EQ(json["title"], "my_lora died");
  EXPECT_EQ(json["message"], "Killed by the kernel");
  EXPECT_EQ(json["text"], "my_lora died\nKilled by the kernel");
  EXPECT_EQ(json["content"], json["text"]);
  EXPECT_EQ(json["event"], "died");
}

TEST(Payload, stays_under_discords_limit_and_is_utf8_whatever_the_job_is_called) {
  std::string name;
  for (int i = 0; i < 2000; ++i) name += "\xC3\xA9";
  const auto json = nlohmann::json::parse(payload_of({.title = name, .message = "\xff broken"}));
  EXPECT_LE(json["content"].get<std::string>().size(), 2000U);
  EXPECT_TRUE(json["title"].get<std::string>().ends_with("\xC3\xA9..."));
}

TEST(NotifyUrl, only_web_addresses_are_taken) {
  EXPECT_TRUE(check_notify_url("https://ntfy.sh/topic"));
  EXPECT_TRUE(check_notify_url("http://127.0.0.1:80/x?y=z"));
  for (const auto* bad : {"", "https://", "ftp://host/x", "file:///etc/passwd", "ntfy.sh/topic",
                          "https://host/a b", "https://host/\nHost: x"})
    EXPECT_FALSE(check_notify_url(bad)) << bad;
}

TEST(NotifyUrl, is_shown_without_what_is_secret_in_it) {
  EXPECT_EQ(shown_url("https://hooks.slack.com/services/T0/B0/secret"),
            "https://hooks.slack.com/...");
  EXPECT_EQ(shown_url("https://me:password@host:81/topic"), "https://host:81/...");
  EXPECT_EQ(shown_url("http://host?token=1"), "http://host/...");
}

}  // namespace
}  // namespace tidemark
