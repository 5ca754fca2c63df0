// The checkout's own git folder: what is kept there is this machine's alone. Read and written as
// text, without git.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace tidemark {

struct GitFolder {
  std::filesystem::path common{};  // config, info, and what several work trees share
  std::filesystem::path hooks{};   // `core.hooksPath`, else `hooks` in there
};

/// Absent: the checkout came without git. Errors: those of reading.
Result<std::optional<GitFolder>> find_git_folder(const std::filesystem::path& checkout);

/// A file of git's and what it holds with our lines in front.
struct GitFile {
  std::filesystem::path path{};
  std::string lines{};   // empty: none of ours
  bool is_hook = false;  // a shell script: the lines go behind its first
};

/// What git is to know: `ignored` paths are not shown as new, `filtered` ones go through our
/// filter, which shows git each file without our lines and puts them in when git writes it; the
/// hooks look after what a filter cannot do.
struct GitLines {
  std::vector<std::string> ignored{};
  std::vector<std::string> filtered{};
  std::filesystem::path executable{};  // empty: no filter and no hooks
};
std::vector<GitFile> git_files(const GitFolder& git, const GitLines& lines);

/// The file's text with `lines`; absent: there was none and none is needed. Errors: unsupported (a
/// hook that is no shell script), malformed.
Result<std::optional<std::string>> with_lines(const GitFile& file,
                                              const std::optional<std::string>& text);

/// Lets git see that it sees no change: in its index it keeps the sizes of files, and takes one
/// whose size is another for changed without asking the filter. What really was changed is left
/// alone. Does nothing where there is no git to be run.
void refresh_git_index(const std::filesystem::path& checkout,
                       const std::vector<std::string>& paths);

/// `path` as a pattern of git's that means this path alone.
std::string git_pattern(std::string_view path);

}  // namespace tidemark
