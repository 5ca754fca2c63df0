// Which of ai-toolkit's own files are edited, and how. Nothing else knows their lines.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace tidemark {

struct KnownFile {
  std::string_view path{};  // below the checkout
  /// The file's text with ours in it. Errors: unsupported (a line is missing that this version
  /// looks for).
  Result<std::string> (*insert)(std::string_view text) = nullptr;
  bool is_schema = false;  // left as it is where the database is separate
};

std::span<const KnownFile> known_files();

/// nullptr: none of them.
const KnownFile* find_known_file(std::string_view path);

/// `text` without anything of ours, then with all of it: the same however often it is done.
Result<std::string> edited(const KnownFile& file, std::string_view text);

}  // namespace tidemark
