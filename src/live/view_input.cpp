#include <algorithm>
#include <array>

#include "live/live.h"

namespace tidemark {
namespace {

constexpr std::array kWindows{60.0, 300.0, 600.0, 1800.0, 3600.0, 21600.0};

double longer(double window) {
  const auto next = std::ranges::upper_bound(kWindows, window);
  return next == kWindows.end() ? window : *next;
}

double shorter(double window) {
  const auto next = std::ranges::lower_bound(kWindows, window);
  return next == kWindows.begin() ? window : *(next - 1);
}

std::size_t choice_of(const LiveSnapshot& snapshot) {
  const LiveChoice shown{snapshot.run.key, {}};
  const auto found = std::ranges::find(snapshot.choices, shown);
  return found == snapshot.choices.end()
             ? 0
             : static_cast<std::size_t>(found - snapshot.choices.begin());
}

LiveStep in_picker(LiveView view, LiveInput input, const LiveSnapshot& snapshot) {
  const auto count = snapshot.choices.size();
  if (input.key == LiveKey::up && view.picked > 0) --view.picked;
  if (input.key == LiveKey::down && view.picked + 1 < count) ++view.picked;
  if (input.key == LiveKey::escape || input.character == 'j') view.picking = false;
  if (input.key != LiveKey::enter || view.picked >= count) return {view, std::nullopt};
  view.picking = false;
  view.pool = 0;
  return {view, snapshot.choices[view.picked]};
}

LiveView with_next_pool(LiveView view, const LiveSnapshot& snapshot) {
  const auto pools = snapshot.last ? pools_of(*snapshot.last).size() : 0;
  view.pool = view.pool >= pools ? 0 : view.pool + 1;
  return view;
}

LiveView with_picker(LiveView view, const LiveSnapshot& snapshot) {
  view.picking = !snapshot.choices.empty();
  view.picked = choice_of(snapshot);
  return view;
}

LiveView by_key(LiveView view, LiveKey key, const LiveSnapshot& snapshot) {
  switch (key) {
    case LiveKey::left:
      view.window_seconds = longer(view.window_seconds);
      return view;
    case LiveKey::right:
      view.window_seconds = shorter(view.window_seconds);
      return view;
    case LiveKey::tab:
      return with_next_pool(view, snapshot);
    case LiveKey::up:
    case LiveKey::down:
      return with_picker(view, snapshot);
    case LiveKey::escape:
      view.help = false;
      return view;
    case LiveKey::none:
    case LiveKey::enter:
      return view;
  }
  return view;
}

}  // namespace

LiveStep apply_input(LiveView view, LiveInput input, const LiveSnapshot& snapshot) {
  if (input.character == 'q' || input.character == 'Q') {
    view.quit = true;
    return {view, std::nullopt};
  }
  if (view.picking) return in_picker(view, input, snapshot);
  if (input.key != LiveKey::none) return {by_key(view, input.key, snapshot), std::nullopt};
  if (input.character == 'p' || input.character == ' ') view.paused = !view.paused;
  if (input.character == '?' || input.character == 'h') view.help = !view.help;
  if (input.character == 'j') return {with_picker(view, snapshot), std::nullopt};
  return {view, std::nullopt};
}

}  // namespace tidemark
