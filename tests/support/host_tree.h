// A small machine written in the test itself: HostTree{}.file("proc/meminfo", "...").host(). The
// tree lives in a temporary folder as long as this object.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/check.h"
#include "os/host_root.h"

namespace tidemark {

class HostTree {
 public:
  HostTree() {
    auto pattern = (std::filesystem::temp_directory_path() / "host_tree_XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "a temporary folder can be made");
    root_ = pattern;
  }
  HostTree(HostTree&& other) noexcept : root_(std::move(other.root_)) { other.root_.clear(); }
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;
  HostTree& operator=(HostTree&&) = delete;
  ~HostTree() {
    std::error_code ignored;
    if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
  }

  /// Makes or replaces a file, with its folders. A reader that keeps it open sees the new text.
  HostTree& file(std::string_view path, std::string_view text) & {
    const auto full = root_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream{full, std::ios::binary | std::ios::trunc} << text;
    return *this;
  }
  HostTree&& file(std::string_view path, std::string_view text) && {
    return std::move(file(path, text));
  }

  /// A symbolic link; it need not lead anywhere ("proc/7/exe" to "/usr/bin/python3.11").
  HostTree& link(std::string_view path, std::string_view target) & {
    const auto full = root_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::filesystem::remove(full);
    std::filesystem::create_symlink(target, full);
    return *this;
  }
  HostTree&& link(std::string_view path, std::string_view target) && {
    return std::move(link(path, target));
  }

  /// Removes a file or a whole folder ("proc/7": the process has ended).
  HostTree& remove(std::string_view path) {
    std::filesystem::remove_all(root_ / path);
    return *this;
  }

  HostRoot host() const { return HostRoot{root_}; }

 private:
  std::filesystem::path root_;
};

}  // namespace tidemark
