#include "cli/line_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
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
  std::size_t old_line = 1, new_line = 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (shown[i] && (i == 0 || !shown[i - 1]))
      text += fmt::format("@@ -{} +{} @@\n", old_line, new_line);
    if (shown[i]) text += fmt::format("{}{}\n", all[i].mark, all[i].text);
    if (all[i].mark != '+') ++old_line;
    if (all[i].mark != '-') ++new_line;
  }
  return text;
}

}  // namespace tidemark
