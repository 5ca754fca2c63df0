// What every command does with its words: errors, colour, width.
#pragma once

#include <string>

#include "core/result.h"
#include "report/report.h"

namespace tidemark {

/// "tidemark: ..." on stderr; returns 1 so that a command can end with it.
int fail_with(const Error& error);
int fail_with(const std::string& message);

/// One line on stderr that is no failure.
void say(const std::string& line);

/// Colour only on a terminal and never under NO_COLOR; the terminal's width, else 80.
TextStyle text_style_for(int fd);

}  // namespace tidemark
