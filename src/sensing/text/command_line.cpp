#include "sensing/text/command_line.h"

namespace tidemark {
namespace {

ProgramKind kind_of_argument(std::string_view argument) {
  if (argument == "--multiprocessing-fork") return ProgramKind::spawn_child;
  if (!argument.starts_with("from multiprocess")) return ProgramKind::plain;
  if (argument.contains(".forkserver import main")) return ProgramKind::forkserver;
  if (argument.contains("_tracker import main")) return ProgramKind::resource_tracker;
  return ProgramKind::plain;
}

}  // namespace

ProgramKind parse_command_line(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\0');
    const auto kind = kind_of_argument(text.substr(0, end));
    if (kind != ProgramKind::plain) return kind;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return ProgramKind::plain;
}

}  // namespace tidemark
