#include <gtest/gtest.h>

#include <random>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

TEST(LogReader, an_empty_log_says_nothing) {
  const auto summary = summary_of("");
  EXPECT_EQ(summary.primary, LogCategory::none);
  EXPECT_EQ(summary.level, LogLevel::none);
  EXPECT_FALSE(summary.deciding);
  EXPECT_FALSE(summary.last_step);
}

TEST(LogReader, a_failed_allocation_is_critical_and_placed) {
  const std::string before = "Running 1 job\n" + bar(7) + "\n2026-01-02 03:04:05 saving\n";
  const auto summary = summary_of(
      before +
      failed_with("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."));
  EXPECT_EQ(summary.level, LogLevel::critical);
  const auto& found = summary.findings.at(0);
  EXPECT_EQ(found.figures.requested, gib(2));
  EXPECT_EQ(found.first.line, 7u);
  EXPECT_EQ(found.first.step, 7);
  EXPECT_EQ(found.first.unix_seconds, 1767323045.0);
  EXPECT_EQ(summary.last_step, 7);
  EXPECT_EQ(summary.total_steps, 2000);
  EXPECT_EQ(summary.last_loss, 0.5);
  EXPECT_EQ(summary.seconds_per_step, 2);
}

TEST(LogReader, the_same_said_again_is_one_finding) {
  std::string log;
  for (int i = 0; i < 500; ++i) log += "WARNING: file " + std::to_string(i) + " has no caption\n";
  const auto summary = summary_of(log);
  ASSERT_EQ(summary.findings.size(), 1u);
  EXPECT_EQ(summary.findings[0].count, 500u);
  EXPECT_EQ(summary.findings[0].first.line, 1u);
  EXPECT_EQ(summary.findings[0].last.line, 500u);
}

TEST(LogReader, findings_are_bounded_and_the_last_ones_kept) {
  std::string log =
      failed_with("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1 GiB");
  for (int i = 0; i < 1000; ++i)
    log += failed_with("ValueError: " + std::string(1, static_cast<char>('a' + i % 26)) +
                       std::string(static_cast<std::size_t>(i / 26), 'x'));
  const auto summary = summary_of(log);
  EXPECT_EQ(summary.findings.size(), 200u);
  EXPECT_EQ(summary.findings_left_out, 801u);
  EXPECT_EQ(summary.primary, LogCategory::cuda_oom);
  EXPECT_TRUE(summary.findings.back().message.starts_with("l"));
}

TEST(LogReader, steps_count_as_they_are_printed) {
  std::string log;
  for (int epoch = 0; epoch < 3; ++epoch)
    for (int i = 1; i <= 4; ++i)
      log += "\rEpoch " + std::to_string(epoch) + ":  25%|##   | " + std::to_string(i) +
             "/4 [00:0" + std::to_string(i) + "<00:03,  1.00it/s, loss=0.5]";
  const auto summary = summary_of(log);
  EXPECT_EQ(summary.last_step, 4);
  EXPECT_EQ(summary.total_steps, 4);
}

TEST(LogReader, the_last_of_bars_and_step_lines_counts) {
  EXPECT_EQ(summary_of(bar(5) + "\nstep 6/2000 loss: 0.1\n").last_step, 6);
  EXPECT_EQ(summary_of("step 6/2000 loss: 0.1\n" + bar(9)).last_step, 9);
}

TEST(LogReader, bars_of_other_work_give_no_step) {
  for (const auto* name :
       {"Loading checkpoint shards", "Caching latents to disk", "Generating Samples", "Map",
        "Validation DataLoader 0", "Fetching 3 files"})
    EXPECT_FALSE(
        summary_of("\r" + std::string{name} + ":  50%|##   | 5/10 [00:01<00:01,  5.00it/s]\n")
            .last_step)
        << name;
}

TEST(LogReader, a_nameless_bar_that_ran_out_without_a_sign_was_no_training) {
  const std::string half = "\r 50%|##   | 5/10 [00:01<00:01,  5.00it/s]";
  const std::string whole = "\r100%|#####| 10/10 [00:02<00:00,  5.00it/s]\n";
  EXPECT_EQ(summary_of(half).last_step, 5);
  EXPECT_FALSE(summary_of(half + whole).last_step);
  EXPECT_EQ(summary_of(half + "\n{'loss': 0.5, 'learning_rate': 1e-05}\n" + whole).last_step, 10);
}

TEST(LogReader, secrets_and_user_names_do_not_leave) {
  const auto found = deciding(failed_with(
      "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
      "https://alice@hub.example/x?token=abcdef and hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"));
  EXPECT_EQ(found.category, LogCategory::auth_error);
  for (const auto* secret : {"alice", "abcdef", "hf_Ab"})
    EXPECT_FALSE(found.message.contains(secret)) << found.message;
}

TEST(LogReader, how_the_bytes_are_cut_does_not_matter) {
  std::string log = "Running 1 job\n{\n  \"p\": \"Killed\"\n}\n";
  for (int i = 0; i < 40; ++i) log += bar(i);
  log += failed_with("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
                     "[rank0]: ");
  const auto whole = summary_of(log);
  for (const std::size_t piece : {1u, 3u, 17u, 1000u}) {
    LogReader reader;
    for (std::size_t at = 0; at < log.size(); at += piece)
      reader.feed(std::string_view{log}.substr(at, piece));
    const auto found = reader.summary();
    EXPECT_EQ(found.primary, whole.primary) << piece;
    EXPECT_EQ(found.last_step, 39) << piece;
    ASSERT_EQ(found.findings.size(), whole.findings.size()) << piece;
    EXPECT_EQ(found.findings[0].message, whole.findings[0].message) << piece;
    EXPECT_EQ(found.findings[0].first.byte_offset, whole.findings[0].first.byte_offset) << piece;
  }
}

TEST(LogReader, every_beginning_of_a_log_gives_an_answer) {
  const std::string log =
      "Running 1 job\n{\n  \"p\": \"x\"\n}\n" + bar(1) + bar(2) + "\n" +
      failed_with("RuntimeError: DataLoader worker (pid 7) is killed by signal: Bus error.") +
      "\nDuring handling of the above exception, another exception occurred:\n" +
      failed_with("ValueError: x") + "Killed\n";
  LogReader reader;
  for (const char c : log) {
    reader.feed(std::string_view{&c, 1});
    const auto summary = reader.summary();
    EXPECT_EQ(summary.level == LogLevel::none, !summary.deciding.has_value());
  }
  EXPECT_EQ(reader.summary().primary, LogCategory::shm_exhausted);
}

TEST(LogReader, noise_is_survived) {
  std::mt19937 random{11};
  std::string noise(2'000'000, '\0');
  for (char& c : noise) c = static_cast<char>(random() & 0xFF);
  const auto summary = summary_of(noise);
  EXPECT_EQ(summary.bytes, 2'000'000u);
  for (const auto& finding : summary.findings) EXPECT_LE(finding.message.size(), 500u);
}

TEST(LogReader, ten_million_carriage_returns_say_nothing) {
  EXPECT_EQ(summary_of(std::string(10'000'000, '\r')).primary, LogCategory::none);
}

TEST(LogReader, a_line_of_100_mb_does_not_hide_what_follows) {
  LogReader reader;
  const std::string megabyte(1'000'000, 'e');
  for (int i = 0; i < 100; ++i) reader.feed(megabyte);
  reader.feed("\n" + failed_with("MemoryError"));
  EXPECT_EQ(reader.summary().primary, LogCategory::host_oom);
}

TEST(LogReader, nul_bytes_and_invalid_utf8_do_not_hide_a_failure) {
  std::string log = failed_with("OSError: [Errno 28] No space left on device: '\xFF\xFE'");
  log.insert(3, std::string(5, '\0'));
  EXPECT_EQ(category_of(log), "disk_full");
}

TEST(LogReader, utf16_is_read_in_either_order_with_its_letters) {
  // "Grüße 😀" and a failure, as UTF-16.
  const std::u16string text =
      u"\uFEFFGr\u00FC\u00DFe \U0001F600\nValueError: kein Bild: \u00E4\u4E2D\n"
      u"MemoryError: \u00FC\n";
  for (const bool big_endian : {false, true}) {
    std::string utf16;
    for (const char16_t unit : text) {
      const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
      utf16 += big_endian ? std::string{high, low} : std::string{low, high};
    }
    LogReader reader;
    for (const char byte : utf16) reader.feed({&byte, 1});
    const auto summary = reader.summary();
    EXPECT_TRUE(summary.utf16);
    EXPECT_EQ(summary.primary, LogCategory::host_oom);
    ASSERT_EQ(summary.findings.size(), 2u);
    EXPECT_EQ(summary.findings[0].message, "kein Bild: \xC3\xA4\xE4\xB8\xAD");
    EXPECT_EQ(summary.findings[0].first.byte_offset, 20u);
    EXPECT_EQ(summary.findings[1].message, "\xC3\xBC");
  }
}

TEST(LogReader, half_a_pair_of_utf16_is_replaced) {
  const auto summary =
      summary_of(std::string_view{"\xFF\xFEM\0e\0m\0o\0r\0y\0E\0r\0r\0o\0r\0:\0 \0"
                                  "\x3D\xD8x\0\n\0",
                                  34});
  ASSERT_EQ(summary.findings.size(), 1u);
  EXPECT_EQ(summary.findings[0].message, "\xEF\xBF\xBDx");
}

TEST(LogReader, colours_do_not_hide_a_failure) {
  EXPECT_EQ(
      category_of("\x1B[31mTraceback\x1B[0m (most recent call last):\n  File \"/w/a.py\", line "
                  "1, in f\n\x1B[1mMemoryError\x1B[0m\n"),
      "host_oom");
}

TEST(LogReader, tidemarks_own_report_behind_the_output_is_no_second_error) {
  const auto summary = summary_of(
      "ValueError: the dataset folder is empty\n"
      "Failed with ValueError: the dataset folder is empty; peak 3.0 GB of 23.5 GB (13%, machine "
      "memory).\n"
      "Exit      error (code 1): the exception that ended its output: ValueError: the "
      "dataset...\n");
  EXPECT_EQ(summary.findings.size(), 1U);
}

}  // namespace
}  // namespace tidemark
