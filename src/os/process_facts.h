// What a process was started as: for `attach`, which finds it running. Absent where the system
// refuses (another user's process) or the process has ended.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "os/host_root.h"

namespace tidemark {

/// Its words, the program first; empty where they cannot be read.
std::vector<std::string> read_command_words(const HostRoot& host, pid_t pid);

std::optional<std::string> read_working_folder(const HostRoot& host, pid_t pid);

/// A file that it has open.
struct OpenFile {
  std::string path{};
  bool appends = true;  // so too where that cannot be told
};
std::optional<OpenFile> read_open_file(const HostRoot& host, pid_t pid, int fd);

/// A path that starts this very program again.
std::string own_executable();

}  // namespace tidemark
