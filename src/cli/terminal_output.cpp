#include "cli/terminal_output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace tidemark {

int fail_with(const std::string& message) {
  say(message);
  return 1;
}

int fail_with(const Error& error) {
  return fail_with(error.message);
}

void say(const std::string& line) {
  (void)std::fprintf(stderr, "tidemark: %s\n", line.c_str());
}

TextStyle text_style_for(int fd) {
  TextStyle style;
  const char* no_color =
      std::getenv("NO_COLOR");  // https://no-color.org: any value but the empty one
  style.color = ::isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0');
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  return style;
}

}  // namespace tidemark
