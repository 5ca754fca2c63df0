// /proc/PID/cmdline, read only for what Python's multiprocessing puts there. Command lines hold
// paths, prompts and keys: nothing of them is kept.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidemark {

enum class ProgramKind : std::uint8_t {
  plain,
  spawn_child,       // "--multiprocessing-fork" (multiprocessing/spawn.py)
  forkserver,        // "from multiprocessing.forkserver import main; ..."
  resource_tracker,  // "from multiprocessing.resource_tracker import main; ..." and its forerunner
};

/// `text` as the kernel gives it: arguments ended by NUL. The package multiprocess (dill's twin of
/// multiprocessing, which Hugging Face's datasets uses) is recognised as well.
ProgramKind parse_command_line(std::string_view text);

}  // namespace tidemark
