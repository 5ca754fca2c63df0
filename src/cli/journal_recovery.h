// What every command does first: takes in what dead monitors left, and waits for one that is at it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "monitor/monitor.h"
#include "os/host_root.h"

namespace tidemark {

struct Recovery {
  std::vector<RecoveredJournal> journals{};
  std::vector<std::string> problems{};  // a line for each journal that stays
};

/// Journals that nobody drains, in memory and beside `database`. A trainer that is just starting is
/// left alone: its monitor may be on its way.
std::vector<OrphanedJournal> find_orphans(const std::filesystem::path& database,
                                          const HostRoot& host);

/// Stores what they hold, and makes the reports anew of the runs that it belongs to. `only`: those
/// of this trainer.
Recovery recover_orphans(const std::filesystem::path& database, const HostRoot& host,
                         std::optional<ProcessIdentity> only = std::nullopt);

/// First waits, a minute at most, for monitors that live and are still storing a run whose trainer
/// has ended, and for monitors that are dying (they hold their journal until they are gone); says
/// so when it takes long. Then recovers.
Recovery take_in_what_is_left(const std::filesystem::path& database, const HostRoot& host);

}  // namespace tidemark
