#include "cli/terminal_screen.h"

#define NCURSES_NOMACROS 1  // its macros are named like half of the standard library
#include <curses.h>
#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/terminal_output.h"

namespace tidemark {
namespace {

constexpr int kEscapeWaitMs = 25;  // a lone Esc, or the beginning of an arrow key

struct Look {
  Ink ink;
  short color;        // -1: the terminal's own
  attr_t with_color;  // what is added to the colour
  attr_t without_color;
};
constexpr attr_t kPlain = A_NORMAL;
constexpr Look kLooks[] = {
    {Ink::plain, -1, kPlain, kPlain},
    {Ink::dim, -1, A_DIM, A_DIM},
    {Ink::strong, -1, A_BOLD, A_BOLD},
    {Ink::good, COLOR_GREEN, kPlain, kPlain},
    {Ink::warning, COLOR_YELLOW, A_BOLD, A_BOLD},
    {Ink::critical, COLOR_RED, A_BOLD, A_BOLD},
    {Ink::pool, COLOR_CYAN, kPlain, kPlain},
    {Ink::main_process, COLOR_GREEN, kPlain, kPlain},
    {Ink::workers, COLOR_MAGENTA, kPlain, kPlain},
    {Ink::swap, COLOR_YELLOW, kPlain, kPlain},
    {Ink::selected, -1, A_REVERSE, A_REVERSE},
};

short pair_of(const Look& look) {
  return static_cast<short>(&look - std::begin(kLooks) + 1);
}

bool start_colors() {
  if (!text_style_for(STDOUT_FILENO).color || !::has_colors() || ::start_color() == ERR)
    return false;
  const bool has_default = ::use_default_colors() != ERR;
  for (const auto& look : kLooks)
    if (look.color >= 0) ::init_pair(pair_of(look), look.color, has_default ? -1 : COLOR_BLACK);
  return true;
}

attr_t attributes_of(Ink ink, bool color) {
  for (const auto& look : kLooks) {
    if (look.ink != ink) continue;
    if (!color) return look.without_color;
    if (look.color < 0) return look.with_color;
    return look.with_color | static_cast<attr_t>(COLOR_PAIR(pair_of(look)));
  }
  return A_NORMAL;
}

LiveKey key_of(int pressed) {
  switch (pressed) {
    case KEY_LEFT:
      return LiveKey::left;
    case KEY_RIGHT:
      return LiveKey::right;
    case KEY_UP:
      return LiveKey::up;
    case KEY_DOWN:
      return LiveKey::down;
    case KEY_ENTER:
    case '\r':
    case '\n':
      return LiveKey::enter;
    case '\t':
      return LiveKey::tab;
    case 27:
      return LiveKey::escape;
    default:
      return LiveKey::none;
  }
}

}  // namespace

bool locale_is_utf8() {
  if (std::setlocale(LC_CTYPE, "") == nullptr) return false;
  return std::string_view{::nl_langinfo(CODESET)} == "UTF-8";
}

struct TerminalScreen::State {
  SCREEN* screen = nullptr;
  bool utf8 = false;
  bool color = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ::endwin();
    ::delscreen(screen);
  }
};

TerminalScreen::TerminalScreen(std::unique_ptr<State> state) : state_(std::move(state)) {}
TerminalScreen::TerminalScreen(TerminalScreen&&) noexcept = default;
TerminalScreen& TerminalScreen::operator=(TerminalScreen&&) noexcept = default;
TerminalScreen::~TerminalScreen() = default;

Result<TerminalScreen> TerminalScreen::open() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)
    return fail(Errc::unsupported, "standard input and output are no terminal");
  const bool utf8 = locale_is_utf8();  // before ncurses, which asks for it
  SCREEN* const screen = ::newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    const char* name = std::getenv("TERM");
    return fail(Errc::unsupported, "this system knows no terminal \"" +
                                       printable(name != nullptr ? name : "", 40) +
                                       "\" ($TERM) that it could draw on");
  }
  auto state = std::make_unique<State>();
  state->screen = screen;
  state->utf8 = utf8;
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(kEscapeWaitMs);
  ::curs_set(0);
  state->color = start_colors();
  return TerminalScreen{std::move(state)};
}

FrameOptions TerminalScreen::options() const {
  return {.columns = static_cast<std::size_t>(getmaxx(stdscr)),
          .rows = static_cast<std::size_t>(getmaxy(stdscr)),
          .utf8 = state_->utf8,
          .color = state_->color};
}

void TerminalScreen::draw(const Frame& frame) {
  ::werase(stdscr);
  int row = 0;
  for (const auto& line : frame.lines) {
    ::wmove(stdscr, row++, 0);
    for (const auto& span : line) {
      ::wattrset(stdscr, static_cast<int>(attributes_of(span.ink, state_->color)));
      ::waddnstr(stdscr, span.text.data(), static_cast<int>(span.text.size()));
    }
  }
  ::wrefresh(stdscr);
}

std::optional<LiveInput> TerminalScreen::next_input() {
  const int pressed = ::wgetch(stdscr);
  if (pressed == ERR) return std::nullopt;
  if (const auto key = key_of(pressed); key != LiveKey::none) return LiveInput{.key = key};
  if (pressed > 0 && pressed < 0x80) return LiveInput{.character = static_cast<char>(pressed)};
  return LiveInput{};
}

}  // namespace tidemark
