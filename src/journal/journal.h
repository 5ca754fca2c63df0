// The way of a record from the trainer's process to the monitor, through a file in memory that both
// see. The writer never waits, never fails but by answering false, and loses nothing that it took
// to a SIGKILL. The reader believes nothing in the file: it copies, checks the copy, counts what is
// wrong. What was drained counts as stored only once its position was committed with it, in one
// transaction:
//
//     auto drained = reader.drain(position);            // nothing is freed yet
//     store.write(rows of drained, drained.position);   // one transaction
//     position = drained.position;
//     reader.release(position);                         // now the writer may reuse the room
//
// so a death of either side at any point neither loses nor doubles. tidemark/journal_abi.h draws
// the bytes and the protocol; docs/journal_format.md is for readers in other languages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/bytes.h"
#include "core/drops.h"
#include "core/result.h"
#include "core/time.h"
#include "os/host_root.h"
#include "os/unique_fd.h"
#include "telemetry/allocator_record.h"
#include "telemetry/event.h"
#include "telemetry/process_sample.h"
#include "telemetry/step.h"
#include "tidemark/journal_abi.h"

namespace tidemark {

// --- where journals lie
// --------------------------------------------------------------------------------

struct JournalPlaces {
  std::filesystem::path runtime_folder{};  // $XDG_RUNTIME_DIR; empty: none
  std::filesystem::path shared_memory{"/dev/shm"};
  std::filesystem::path database{};  // its `.tidemark` folder; empty: none

  static JournalPlaces from_environment(std::filesystem::path database);
  /// The folders in the order they are tried, whether or not they exist: where `recover` looks.
  std::vector<std::filesystem::path> folders() const;
};

struct JournalPlace {
  std::filesystem::path folder{};  // exists, 0700, ours
  bool in_memory = false;          // false: on disk, where writeback can stall a trainer's store
  std::string passed_over{};       // why the earlier places were not taken; empty: the first was
};

/// The first place with several times `bytes` free (in memory) or that can be written (on disk).
/// Errors: full or permission, with what is wrong with each.
Result<JournalPlace> choose_journal_place(const JournalPlaces& places, std::uint64_t bytes);

/// Bytes that a journal with one writer occupies.
std::uint64_t journal_bytes(std::uint32_t slots_per_lane = tidemark_default_slots_per_lane);

// --- making, finding, removing
// ---------------------------------------------------------------------------

struct JournalSpec {
  std::filesystem::path folder{};  // as choose_journal_place gives it
  ProcessIdentity root{};          // the run's root; pid 0: not known yet
  std::string label{};             // what a later `recover` must know; under 8 KiB
  std::uint32_t slots_per_lane = tidemark_default_slots_per_lane;  // a power of two
  std::uint32_t lanes_with_memory = 1;  // the maker's memory cgroup pays for these
};

/// A new journal, complete before it has its name. Errors: full, permission, invalid, io.
Result<std::filesystem::path> create_journal(const JournalSpec& spec);

/// Unlinks it. A writer that still has it mapped goes on into memory that nobody reads: use
/// JournalReader::stop_writers and drain first.
Result<void> remove_journal(const std::filesystem::path& path);

/// What the journal's maker wrote into it.
struct JournalInfo {
  std::string id{};  // 32 hex digits
  std::string boot_id{};
  ClockAnchor anchor{};
  ProcessIdentity root{};  // pid 0: not known
  std::uint32_t slots_per_lane = 0;
};

/// A journal that nobody drains. A trainer's monitor may just be starting: look at `root_alive`.
struct OrphanedJournal {
  std::filesystem::path path{};
  JournalInfo info{};
  std::string label{};
  bool root_alive = false;  // of this boot, and running (not killed and about to be gone)
  std::string problem{};    // not empty: it cannot be read (the fields above are empty)
};

/// Those of one folder, none when it does not exist; also clears away what a maker that died left.
/// Errors: permission (the folder is not ours), io.
Result<std::vector<OrphanedJournal>> find_orphaned_journals(const std::filesystem::path& folder,
                                                            const HostRoot& host = {});

/// True: somebody drains a journal of this root in `folder`, or looks at it just now.
bool journal_is_held(const std::filesystem::path& folder, ProcessIdentity root);

/// The environment that joins a trainer to its monitor ("NAME=value"): TIDEMARK_JOURNAL and
/// TIDEMARK_RUN_ROOT. Processes outside the root's tree ignore it.
std::vector<std::string> journal_environment(const std::filesystem::path& path,
                                             ProcessIdentity root);

// --- records
// ---------------------------------------------------------------------------------------------

struct PhaseRecord {
  double unix_seconds = 0;
  std::string name{};  // untrusted text, valid UTF-8
  bool begins = false;
  std::int32_t rank = 0;
};

/// Texts are the trainer's: valid UTF-8 and bounded, nothing else is known of them (an event's
/// details need not be JSON, and secrets are not redacted yet).
using JournalRecord = std::variant<StepRecord, EventRecord, PhaseRecord, AllocatorRecord>;

/// How far each lane was read. Belongs into the transaction of what was read.
struct JournalPosition {
  std::string journal_id{};  // empty: of any journal, from where its monitor had released it
  std::vector<std::uint64_t> next{};  // by lane

  friend bool operator==(const JournalPosition&, const JournalPosition&) = default;
};
/// As one line of text, for a column of the database.
std::string encode(const JournalPosition& position);
Result<JournalPosition> decode_journal_position(std::string_view text);

struct Drained {
  std::vector<JournalRecord> records{};  // in order within a lane
  JournalPosition position{};            // after them; commit it with them
  std::uint64_t malformed = 0;           // records whose checksum or fields were wrong
  std::uint64_t unknown_kind = 0;        // sound, of a later version: skipped
  std::uint32_t unreadable_lanes = 0;    // truncated, or with positions that make no sense
  bool more = false;                     // stopped at `most_records`
};

/// What the writers counted, since the journal was made. Untrusted numbers.
struct JournalCounts {
  std::uint64_t records_taken = 0;
  std::uint64_t dropped_full = 0;
  std::uint64_t dropped_no_lane = 0;
  std::uint64_t dropped_too_large = 0;
  std::uint64_t dropped_disabled = 0;
};
void add_drops(const JournalCounts& counts, DropCounters& drops);

// --- the monitor's side
// ------------------------------------------------------------------------------------

/// Only one at a time, in any process: holds a lock that the kernel drops with it. Reads the file
/// with pread and never maps it, so that a truncated file is an error and not a SIGBUS in the
/// monitor.
class JournalReader {
 public:
  /// Errors: busy (another drains it), not_found, permission (not ours), malformed, too_new, io.
  static Result<JournalReader> open(const std::filesystem::path& path);
  /// On an open descriptor, of any origin.
  static Result<JournalReader> adopt(UniqueFd file, std::string name);
  JournalReader(JournalReader&&) noexcept;
  JournalReader& operator=(JournalReader&&) noexcept;
  ~JournalReader();

  const JournalInfo& info() const;
  /// Records are stamped by this anchor; the journal's own until it is set.
  void set_anchor(ClockAnchor anchor);

  /// What lies behind `from`, in bounded memory: call again while `more`. Changes nothing in the
  /// file. Errors: invalid (a position of another journal), io.
  Result<Drained> drain(const JournalPosition& from, std::size_t most_records = 4096);
  /// After `committed` is safely stored: its room is the writers' again.
  Result<void> release(const JournalPosition& committed);

  /// Lanes whose owner is gone, and that were drained and released, can be claimed again. Cheap,
  /// but reads /proc per owned lane: once a second is plenty. Returns how many.
  int reclaim_lanes(const HostRoot& host);
  /// Lanes whose owner may still write.
  int live_lanes(const HostRoot& host);
  /// From now on step() answers false, but for a call that has begun: drain once more afterwards.
  Result<void> stop_writers();

  Result<JournalCounts> counts();
  std::string label();
  /// At most 8,168 bytes. Errors: invalid, io.
  Result<void> set_label(std::string_view text);

 private:
  struct State;
  explicit JournalReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// --- the trainer's side, for C++
// ---------------------------------------------------------------------------

/// journal_abi.h's functions with an owner. Any thread may record.
class JournalWriter {
 public:
  /// Errors: not_found, permission, malformed, too_new, io.
  static Result<JournalWriter> open(const std::filesystem::path& path);
  JournalWriter(JournalWriter&& other) noexcept
      : journal_(std::exchange(other.journal_, nullptr)) {}
  JournalWriter& operator=(JournalWriter&& other) noexcept {
    std::swap(journal_, other.journal_);
    return *this;
  }
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;
  ~JournalWriter() { tidemark_journal_close(journal_); }

  /// Stamped now; `unix_seconds`, `total_steps`, `source` and `rank` of the record are not looked
  /// at.
  bool step(const StepRecord& record);
  bool event(std::string_view type, std::string_view details = {}) {
    return tidemark_journal_event(journal_, type.data(), type.size(), details.data(),
                                  details.size());
  }
  bool phase(std::string_view name, bool begins) {
    return tidemark_journal_phase(journal_, name.data(), name.size(), begins);
  }
  JournalCounts counts() const;
  tidemark_journal* handle() const { return journal_; }

 private:
  explicit JournalWriter(tidemark_journal* journal) : journal_(journal) {}
  tidemark_journal* journal_ = nullptr;
};

}  // namespace tidemark
