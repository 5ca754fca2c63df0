#include "logscan/line_splitter.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

struct Line {
  std::string text{};
  double since = 0;
  friend bool operator==(const Line&, const Line&) = default;
};

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  const auto collect = [&lines](std::string_view line, double) { lines.emplace_back(line); };
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    splitter.feed(bytes.substr(at, piece), 0, collect);
  splitter.finish(collect);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineSplitter, carriage_return_and_newline_both_end_a_line) {
  for (const std::size_t piece : {1u, 2u, 3u, 100u})
    EXPECT_EQ(lines_of("a\rbc\n\r\nd\r\n\r\re", piece), (Lines{"a", "bc", "d", "e"})) << piece;
}

TEST(LineSplitter, escape_sequences_are_removed_wherever_they_are_cut) {
  const std::string_view text =
      "\x1B[32mgreen\x1B[0m\n\x1B[1;31;4mred\x1B[K\r\x1B]0;title\x07named\n\x1B(Bplain\x1B[A\n\x1B]"
      "8;;u\x1B\\link\nend\x1B[";
  for (const std::size_t piece : {1u, 2u, 5u, 7u, 1000u})
    EXPECT_EQ(lines_of(text, piece), (Lines{"green", "red", "named", "plain", "link", "end"}))
        << piece;
}

TEST(LineSplitter, nul_bytes_are_removed_so_that_utf16_can_be_read) {
  const std::string_view utf16{"E\0r\0r\0o\0r\0\n\0x\0", 14};
  EXPECT_EQ(lines_of(utf16, 3), (Lines{"Error", "x"}));
}

TEST(LineSplitter, of_an_overlong_line_the_first_64_kib_are_handed_on) {
  const std::string text = std::string(200'000, 'x') + "\nnext\n";
  for (const std::size_t piece : {1000u, 65'536u, 1'000'000u}) {
    const auto lines = lines_of(text, piece);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].size(), 65'536u);
    EXPECT_EQ(lines[1], "next");
  }
}

TEST(LineSplitter, a_line_of_100_mb_takes_no_more_memory_than_64_kib) {
  LineSplitter splitter;
  const std::string megabyte(1'000'000, 'x');
  std::size_t lines = 0;
  for (int i = 0; i < 100; ++i)
    splitter.feed(megabyte, 0, [&lines](std::string_view, double) { ++lines; });
  EXPECT_EQ(lines, 0u);
  EXPECT_EQ(splitter.pending().size(), 65'536u);
}

TEST(LineSplitter, a_line_is_dated_by_its_first_byte) {
  LineSplitter splitter;
  std::vector<Line> lines;
  const auto collect = [&lines](std::string_view line, double since) {
    lines.push_back({std::string{line}, since});
  };
  splitter.feed("\rdrawn", 10, collect);
  splitter.feed(" first\rdrawn second", 20, collect);
  splitter.feed("\r", 30, collect);
  EXPECT_EQ(lines, (std::vector<Line>{{"drawn first", 10}, {"drawn second", 20}}));
}

}  // namespace
}  // namespace tidemark
