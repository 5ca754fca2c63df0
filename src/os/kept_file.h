// A kernel file that is read again and again: opened once, re-read from its start without an
// allocation. A kept /proc/PID file cannot be fooled by a reused pid: once that process is gone it
// answers ESRCH for ever (proc(5)). Files that bind the address space when they are opened
// (smaps_rollup, maps) must not be kept: after an exec they go on showing the old one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "os/host_root.h"
#include "os/unique_fd.h"

namespace tidemark {

class KeptFile {
 public:
  /// Opens now. The file may vanish later; `read` then says so.
  static Result<KeptFile> open(const HostRoot& host, std::string_view path);

  /// The file's present text; valid until the next read or the end of this object. Grows its buffer
  /// only when the text has outgrown it.
  Result<std::string_view> read();

 private:
  KeptFile(UniqueFd fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)), buffer_(4096) {}
  UniqueFd fd_;
  std::string path_;  // for messages
  std::vector<char> buffer_;
};

}  // namespace tidemark
