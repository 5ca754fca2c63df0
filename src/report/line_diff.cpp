#include "report/line_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace tidemark {
namespace {

constexpr std::size_t kContext = 3;
// A table of this many cells is some ten megabytes; beyond it the middle is shown as one change.
constexpr std::size_t kMostCells = 4'000'000;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

struct Line {
  char mark = ' ';
  std::string_view text{};
};

using Lines = std::vector<std::string_view>;

/// By the longest common subsequence.
std::vector<Line> compared(const Lines& a, const Lines& b) {
  std::vector<Line> all;
  std::size_t i = 0, k = 0;
  if ((a.size() + 1) * (b.size() + 1) <= kMostCells) {
    const auto columns = b.size() + 1;
    std::vector<std::uint32_t> longest((a.size() + 1) * columns);
    for (std::size_t x = a.size(); x-- > 0;)
      for (std::size_t y = b.size(); y-- > 0;)
        longest[x * columns + y] =
            a[x] == b[y] ? longest[(x + 1) * columns + y + 1] + 1
                         : std::max(longest[(x + 1) * columns + y], longest[x * columns + y + 1]);
    while (i < a.size() && k < b.size()) {
      if (a[i] == b[k]) {
        all.push_back({' ', a[i++]});
        ++k;
      } else if (longest[(i + 1) * columns + k] >= longest[i * columns + k + 1]) {
        all.push_back({'-', a[i++]});
      } else {
        all.push_back({'+', b[k++]});
      }
    }
  }
  while (i < a.size()) all.push_back({'-', a[i++]});
  while (k < b.size()) all.push_back({'+', b[k++]});
  return all;
}

/// Lines of either text that lie behind.
struct Place {
  std::size_t before = 0, after = 0;
  void pass(char mark) {
    if (mark != '+') ++before;
    if (mark != '-') ++after;
  }
};

/// As patch(1) reads it: where the lines begin and how many they are; a side without any names the
/// line before.
std::string hunk_head(const Place& from, std::span<const Line> lines) {
  Place to = from;
  for (const auto& line : lines) to.pass(line.mark);
  const auto range = [](std::size_t begin, std::size_t end) {
    return fmt::format("{},{}", begin == end ? begin : begin + 1, end - begin);
  };
  return fmt::format("@@ -{} +{} @@\n", range(from.before, to.before), range(from.after, to.after));
}

}  // namespace

std::string line_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return {};
  const auto all = compared(lines_of(before), lines_of(after));
  std::vector<bool> shown(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].mark != ' ')
      for (auto k = i - std::min(i, kContext); k <= std::min(i + kContext, all.size() - 1); ++k)
        shown[k] = true;
  auto text = fmt::format("--- {0}\n+++ {0} with the changes\n", name);
  Place at;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (shown[i] && (i == 0 || !shown[i - 1])) {
      const auto end =
          std::find(shown.begin() + static_cast<std::ptrdiff_t>(i), shown.end(), false);
      text += hunk_head(
          at, std::span{all}.subspan(i, static_cast<std::size_t>(end - shown.begin()) - i));
    }
    if (shown[i]) text += fmt::format("{}{}\n", all[i].mark, all[i].text);
    at.pass(all[i].mark);
  }
  return text;
}

}  // namespace tidemark
