#include <fmt/format.h>

#include <algorithm>

#include "live/frame_parts.h"
#include "live/live.h"
#include "live/memory_panel.h"

namespace tidemark {
namespace {

constexpr std::size_t kRoomy = 20;  // rows from which there is room for blank lines

constexpr std::string_view kHelp[] = {
    "left, right   more time, less time in the chart",
    "tab           the next pool in the chart",
    "j, up, down   the runs that go on; enter turns to one",
    "p, space      pause: what is shown stays; the run is not touched",
    "?             this help",
    "q, ctrl-c     quit",
};

FrameLine key_line(const LiveView& view, const FrameStyle& style) {
  const std::string_view keys = view.picking
                                    ? "up, down choose  enter turn to it  esc back  q quit"
                                    : "q quit  p pause  left/right time  tab pool  j runs  ? help";
  return {{Ink::dim, fitted(keys, style.columns)}};
}

std::vector<FrameLine> help_lines(const FrameStyle& style) {
  std::vector<FrameLine> lines;
  for (const auto text : kHelp) lines.push_back({{Ink::plain, fitted(text, style.columns)}});
  return lines;
}

std::vector<FrameLine> picker_lines(const LiveSnapshot& snapshot, const LiveView& view,
                                    std::size_t most, const FrameStyle& style) {
  std::vector<FrameLine> lines{{{Ink::strong, "Runs that go on"}}};
  const std::size_t shown = most > 1 ? most - 1 : 0;
  const std::size_t first = view.picked < shown ? 0 : view.picked - shown + 1;
  for (std::size_t i = first; i < std::min(snapshot.choices.size(), first + shown); ++i) {
    const auto& choice = snapshot.choices[i];
    const auto text =
        fmt::format("{} {}  run {}", i == view.picked ? ">" : " ",
                    choice.name.empty() ? choice.run.job_id : choice.name, choice.run.number);
    lines.push_back({{i == view.picked ? Ink::selected : Ink::plain, padded(text, style.columns)}});
  }
  return lines;
}

/// A frame that fills from above; no line is longer than it may be.
class Page {
 public:
  Page(std::size_t rows, std::size_t columns) : left_(rows), columns_(columns) {}
  std::size_t left() const { return left_; }
  void add(FrameLine line) {
    if (left_ == 0) return;
    --left_;
    frame_.lines.push_back(cut_line(std::move(line), columns_));
  }
  void add(std::vector<FrameLine> lines) {
    for (auto& line : lines) add(std::move(line));
  }
  Frame take() && { return std::move(frame_); }

 private:
  Frame frame_{};
  std::size_t left_, columns_;
};

/// The chart gets what is left over by the news, and those a third of the rest at most.
void add_chart_and_news(Page& page, const LiveSnapshot& snapshot, const LiveView& view,
                        const FrameStyle& style) {
  const std::size_t rest = page.left();
  const bool any_chart = rest >= kSmallestPanel && snapshot.last;
  const auto news =
      std::min(news_count(snapshot), any_chart ? std::min(rest / 3, rest - kSmallestPanel) : rest);
  if (any_chart) page.add(memory_panel(snapshot, view, rest - news, style));
  page.add(news_lines(snapshot, news, style));
}

}  // namespace

Frame build_frame(const LiveSnapshot& snapshot, const LiveView& view, const FrameOptions& options) {
  const FrameStyle style{options.columns, options.utf8, options.color};
  const bool roomy = options.rows >= kRoomy;
  const bool keys = view.keys && options.rows > 3;
  Page page{options.rows - (keys ? 1 : 0), options.columns};
  page.add(title_line(snapshot, view, style));
  page.add(verdict_lines(snapshot, roomy ? 2 : 1, style));
  if (view.help) {
    page.add(help_lines(style));
  } else if (view.picking) {
    page.add(picker_lines(snapshot, view, page.left(), style));
  } else {
    if (roomy) page.add(FrameLine{});
    for (const auto& pool : shown_pools(snapshot)) page.add(pool_line(pool, snapshot, style));
    page.add(memory_line(snapshot, style));
    page.add(steps_line(snapshot, style));
    if (roomy) page.add(FrameLine{});
    add_chart_and_news(page, snapshot, view, style);
  }
  while (keys && page.left() > 0) page.add(FrameLine{});
  auto frame = std::move(page).take();
  if (keys) frame.lines.push_back(key_line(view, style));
  return options.utf8 ? std::move(frame) : in_ascii(std::move(frame));
}

}  // namespace tidemark
