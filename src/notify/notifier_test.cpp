#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <string>
#include <vector>

#include "notify/notify.h"

namespace tidemark {
namespace {

using Lines = std::vector<std::string>;

TEST(Notifier, sends_everything_before_it_goes) {
  Lines bodies;
  {
    Notifier notifier{"http://host/x", [](const auto&) { FAIL(); },
                      [&](const HttpRequest& request) -> Result<int> {
                        bodies.push_back(request.body);
                        return 200;
                      }};
    notifier.send({.title = "one"});
    notifier.send({.title = "two"});
  }
  ASSERT_EQ(bodies.size(), 2U);
  EXPECT_NE(bodies[0].find("one"), std::string::npos);
  EXPECT_NE(bodies[1].find("two"), std::string::npos);
}

TEST(Notifier, tries_a_failed_connection_twice_and_says_one_line_without_the_secret) {
  int tries = 0;
  Lines said;
  {
    Notifier notifier{"https://host/secret", [&](const auto& line) { said.push_back(line); },
                      [&](const HttpRequest&) -> Result<int> {
                        ++tries;
                        return fail(Errc::io, "Timeout was reached");
                      }};
    notifier.send({.title = "my_lora died"});
  }
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(said,
            (Lines{"\"my_lora died\" could not be sent to https://host/...: Timeout was reached"}));
}

TEST(Notifier, a_refusal_is_not_repeated) {
  int tries = 0;
  Lines said;
  {
    Notifier notifier{"https://host/x", [&](const auto& line) { said.push_back(line); },
                      [&](const HttpRequest&) -> Result<int> {
                        ++tries;
                        return 404;
                      }};
    notifier.send({.title = "t"});
  }
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(said.size(), 1U);
}

TEST(Notifier, the_sender_never_waits_and_what_is_too_much_is_said) {
  std::latch go{1};
  std::mutex mutex;
  Lines said;
  {
    Notifier notifier{"https://host/x",
                      [&](const auto& line) {
                        const std::scoped_lock lock{mutex};
                        said.push_back(line);
                      },
                      [&](const HttpRequest&) -> Result<int> {
                        go.wait();
                        return 200;
                      }};
    for (int i = 0; i < 20; ++i) notifier.send({.title = "t"});
    go.count_down();
  }
  EXPECT_GE(said.size(), 11U);  // eight wait, one may be on its way
}

TEST(Notifier, without_an_address_does_nothing) {
  Notifier notifier{"", [](const auto&) { FAIL(); },
                    [](const HttpRequest&) -> Result<int> {
                      ADD_FAILURE();
                      return 200;
                    }};
  EXPECT_FALSE(notifier.is_on());
  notifier.send({.title = "t"});
}

}  // namespace
}  // namespace tidemark
