// The run's journal from the monitor's side: takes what waits in it, says how far, gives back the
// room of what was committed, and takes it away in the end. Used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/drops.h"
#include "journal/journal.h"
#include "monitor/monitor.h"
#include "os/host_root.h"
#include "store/store.h"

namespace tidemark {

class JournalFollower {
 public:
  /// `from`: where the stored rows end. `anchor`: the run's, by which records are stamped.
  JournalFollower(JournalReader reader, std::filesystem::path path, JournalPosition from,
                  ClockAnchor anchor);

  const std::filesystem::path& path() const { return path_; }

  /// Records behind those of the last call. Nothing is freed by it.
  std::vector<JournalRecord> drain(std::size_t most_records);
  /// Whether the last drain left some.
  bool more() const { return more_; }
  /// Whether the last drain read anything, be it only what had to be passed over.
  bool moved() const { return moved_; }
  /// What is wrong with the file itself, once.
  std::optional<std::string> take_problem() { return std::exchange(problem_, std::nullopt); }
  /// How far they go: to be committed with their rows.
  JournalMark mark() const;

  /// `committed` is safely stored: its room is the writers' again.
  void release(const JournalMark& committed);
  /// All that was drained was released.
  bool all_released() const;

  /// What did not reach the rows, since the journal was made.
  DropCounters drops();
  /// Lanes of writers that are gone can be claimed again; at most once a second, else nothing.
  void reclaim_lanes(const HostRoot& host, BootTime now);
  void set_label(const JournalLabel& label);

  /// From now on nothing is taken any more; drain once more after it.
  void stop_writers();
  /// Removes the file where nobody can still be in the middle of a record. False: it stays, for
  /// `recover`.
  bool remove(const HostRoot& host);

 private:
  void note_damage(const std::string& why);

  JournalReader reader_;
  std::filesystem::path path_;
  JournalPosition position_;
  JournalPosition released_{};
  bool more_ = false;
  std::uint64_t malformed_ = 0;
  std::optional<std::string> problem_{};
  bool damaged_ = false;
  bool moved_ = false;
  BootTime lanes_looked_at_{};
};

}  // namespace tidemark
