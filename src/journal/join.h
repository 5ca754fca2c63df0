// Which journal a process belongs to. Not on the way of a record: this may allocate.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "journal/journal.h"

namespace tidemark {

/// $TIDEMARK_JOURNAL and $TIDEMARK_RUN_ROOT as they are; null: not set.
struct JoinEnvironment {
  const char* journal = nullptr;
  const char* run_root = nullptr;

  static JoinEnvironment of_this_process();
  /// Whether the root it names is this process or a living ancestor.
  bool is_ours() const;
};

/// The best of the journals in `folders` that name this process or a living ancestor as their root:
/// drained ones first, then the nearest root. Folders and files that are missing, foreign or
/// damaged are passed over. Changes nothing, and takes no lock that a monitor could meet.
std::optional<std::filesystem::path> find_journal_of_our_tree(
    const std::vector<std::filesystem::path>& folders);

}  // namespace tidemark
