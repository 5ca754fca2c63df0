#include "server/stream_hub.h"

#include "server/site_for_test.h"

namespace tidemark {
namespace {

TEST(RowMarkText, it_is_read_back_and_nothing_else_is) {
  const RowMark mark{.sample = 12, .step = 500, .event = 3};
  EXPECT_EQ(text_of(mark), "12-500-3");
  EXPECT_EQ(parse_row_mark("12-500-3"), mark);
  for (const char* text : {"", "1", "1-2", "1-2-", "1-2-3-4", "1-2-3 ", " 1-2-3", "-1-2-3",
                           "1--2-3", "a-b-c", "99999999999999999999-1-1"})
    EXPECT_FALSE(parse_row_mark(text)) << text;
}

class StreamTest : public SiteTest {
 protected:
  void write_more(int i) {
    auto store = Store::open(folder_ / "metrics.db");
    WriteGroup group;
    SampleRow row;
    row.unix_seconds = kStart + i;
    row.used = gib(5);
    group.add(std::move(row));
    group.add(StepRecord{.step = i, .unix_seconds = kStart + i, .loss = 0.25});
    group.add(EventRecord{.unix_seconds = kStart + i, .type = "mark" + std::to_string(i)});
    ASSERT_TRUE(store->write(run_, group, {}));
  }
  std::shared_ptr<EventStream> open(const std::string& query = "") {
    return ask("/api/jobs/job%2F1/stream" + query).stream;
  }
};

/// The lines of the events with this name, without their first words.
std::vector<std::string> data_of(const std::string& text, const std::string& name) {
  std::vector<std::string> found;
  const std::string head = "event: " + name + "\ndata: ";
  for (auto at = text.find(head); at != std::string::npos; at = text.find(head, at + 1))
    found.push_back(
        text.substr(at + head.size(), text.find('\n', at + head.size()) - at - head.size()));
  return found;
}

TEST_F(StreamTest, it_begins_now_and_brings_what_comes) {
  const auto stream = open();
  ASSERT_TRUE(stream);
  site_->send_news();
  const auto greeting = stream->take();
  EXPECT_EQ(data_of(greeting, "start").size(), 1U);
  EXPECT_TRUE(greeting.contains("\"status\":\"running\""));
  EXPECT_TRUE(data_of(greeting, "steps").empty()) << "what was there is no news";
  write_more(5000);
  site_->send_news();
  const auto news = stream->take();
  const auto steps = nlohmann::json::parse(data_of(news, "steps").at(0))["columns"];
  EXPECT_EQ(steps["step"], nlohmann::json::array({5000}));
  EXPECT_EQ(steps["loss"], nlohmann::json::array({0.25}));
  const auto samples = nlohmann::json::parse(data_of(news, "samples").at(0))["columns"];
  EXPECT_EQ(samples["used_memory_gb"], nlohmann::json::array({5.0}));
  const auto events = nlohmann::json::parse(data_of(news, "events").at(0));
  EXPECT_EQ(events[0]["type"], "mark5000");
  site_->send_news();
  EXPECT_EQ(stream->take(), "") << "each row comes once";
}

TEST_F(StreamTest, a_reader_that_comes_back_misses_nothing) {
  write_more(5000);
  const auto stream = open();
  write_more(5001);
  site_->send_news();
  const auto text = stream->take();
  const auto last = text.rfind("id: ") + 4;
  const auto id = text.substr(last, text.find('\n', last) - last);
  write_more(5002);
  auto again = request("/api/jobs/job%2F1/stream");
  again.last_event_id = id;
  const auto resumed = site_->answer(again).stream;
  site_->send_news();
  const auto steps =
      nlohmann::json::parse(data_of(resumed->take(), "steps").at(0))["columns"]["step"];
  EXPECT_EQ(steps, nlohmann::json::array({5002}));
  EXPECT_FALSE(data_of(stream->take(), "steps").empty()) << "the other reader gets it too";
}

TEST_F(StreamTest, a_whole_run_at_once_is_thinned_and_keeps_its_outlier) {
  const auto stream = open("?after=0-0-0");
  site_->send_news();
  const auto steps = nlohmann::json::parse(data_of(stream->take(), "steps").at(0))["columns"];
  EXPECT_LE(steps["step"].size(), 500U);
  EXPECT_EQ(std::ranges::max(steps["loss"]), 9.5);
}

TEST_F(StreamTest, it_ends_with_the_run_after_its_last_rows) {
  const auto stream = open();
  write_more(5000);
  end_run();
  site_->send_news();
  const auto text = stream->take();
  EXPECT_LT(text.find("event: steps"), text.find("event: end"));
  EXPECT_EQ(data_of(text, "end").at(0), "{\"status\":\"completed\"}");
  EXPECT_TRUE(stream->is_over());
}

TEST_F(StreamTest, of_a_run_that_was_lost_or_removed_it_ends_too) {
  const auto lost = open();
  unended_ = Unended::lost;
  site_->send_news();
  EXPECT_EQ(data_of(lost->take(), "end").at(0), "{\"status\":\"unknown\"}");
  unended_ = Unended::recording;
  const auto removed = open();
  ASSERT_TRUE(Store::open(folder_ / "metrics.db")->remove_job("job/1"));
  site_->send_news();
  EXPECT_EQ(data_of(removed->take(), "end").size(), 1U);
}

TEST_F(StreamTest, quiet_streams_give_a_sign_of_life) {
  const auto stream = open();
  (void)stream->take();
  site_->send_news();
  EXPECT_EQ(stream->take(), ":\n\n");
  site_->send_news();
  EXPECT_EQ(stream->take(), "") << "not at every look";
  now_ += 60;
  site_->send_news();
  EXPECT_EQ(stream->take(), ":\n\n");
}

TEST_F(StreamTest, more_readers_than_may_be_are_turned_away_until_one_leaves) {
  options_.most_streams = 2;
  site_.emplace(options_);
  auto first = open();
  const auto second = open();
  EXPECT_EQ(ask("/api/jobs/job%2F1/stream").status, 503);
  EXPECT_TRUE(site_->has_streams());
  first.reset();
  EXPECT_EQ(ask("/api/jobs/job%2F1/stream").status, 200);
}

TEST_F(StreamTest, nobody_reads_once_all_have_left) {
  auto stream = open();
  EXPECT_TRUE(site_->has_streams());
  stream.reset();
  EXPECT_FALSE(site_->has_streams());
}

TEST_F(StreamTest, a_reader_that_takes_nothing_holds_a_bounded_queue_and_gets_the_rest_later) {
  options_.most_queued_bytes = 2000;
  site_.emplace(options_);
  const auto stream = open();
  for (int i = 0; i < 100; ++i) {
    write_more(5000 + i);
    site_->send_news();
  }
  auto text = stream->take();
  EXPECT_LT(text.size(), 4000U) << "the bound, and what the look brought that reached it";
  end_run();
  site_->send_news();
  text += stream->take();
  std::vector<std::int64_t> steps;
  for (const auto& data : data_of(text, "steps")) {
    const auto columns = nlohmann::json::parse(data)["columns"];
    for (const auto& step : columns["step"]) steps.push_back(step);
  }
  std::vector<std::string> events;
  for (const auto& data : data_of(text, "events"))
    for (const auto& event : nlohmann::json::parse(data)) events.push_back(event["type"]);
  ASSERT_EQ(steps.size(), 100U);
  ASSERT_EQ(events.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(steps[i], 5000 + static_cast<std::int64_t>(i));
    EXPECT_EQ(events[i], "mark" + std::to_string(5000 + i));
  }
  EXPECT_TRUE(stream->is_over()) << "the end waits for what came before it";
}

TEST_F(StreamTest, the_end_waits_for_a_reader_that_is_behind) {
  options_.most_queued_bytes = 1;  // the greeting fills it
  site_.emplace(options_);
  const auto stream = open();
  write_more(5000);
  end_run();
  site_->send_news();
  EXPECT_TRUE(data_of(stream->take(), "end").empty());
  site_->send_news();
  const auto text = stream->take();
  EXPECT_EQ(data_of(text, "steps").size(), 1U);
  EXPECT_EQ(data_of(text, "end").size(), 1U);
}

}  // namespace
}  // namespace tidemark
