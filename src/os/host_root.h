// The one place where a path of the machine begins. Tests pass a recorded tree.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

class HostRoot {
 public:
  HostRoot() : root_("/") {}
  explicit HostRoot(std::filesystem::path root) : root_(std::move(root)) {}

  /// The whole file. /proc files have no size, so it is read until it ends, at most `limit_bytes`.
  /// `path` is relative to the root: "proc/meminfo".
  Result<std::string> read(std::string_view path, std::size_t limit_bytes = 4U << 20) const;

  /// Opened read-only and close-on-exec.
  Result<UniqueFd> open(std::string_view path) const;

  /// Names in a folder, unsorted, without "." and "..".
  Result<std::vector<std::string>> list(std::string_view path) const;

  /// Where a symbolic link points, as it is written there ("proc/PID/exe").
  Result<std::string> read_link(std::string_view path) const;

  bool exists(std::string_view path) const;

  /// False for a recorded tree: its pids mean nothing to the kernel that runs here.
  bool is_live() const { return root_ == "/"; }

  /// The full path, for calls that take one (statvfs) and for messages.
  std::filesystem::path resolve(std::string_view path) const { return root_ / path; }

 private:
  std::filesystem::path root_;
};

/// An Error for errno after a failed call on `what`; ESRCH is `gone`, ENOENT `not_found`.
Error system_error(int error_number, const std::string& what);

}  // namespace tidemark
