// The thread that stores rows, so that no database can hold up a sample. Rows wait in a bounded
// queue while the database is held by another program or its disk is full; what it refuses for good
// goes to a rescue database; what exceeds the bound is counted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/drops.h"
#include "store/store.h"
#include "telemetry/run.h"

namespace tidemark {

struct RowWriterOptions {
  std::filesystem::path database{};
  std::vector<std::filesystem::path> rescue_databases{};
  std::optional<RunKey> resumed{};            // a run of `database` to go on with
  std::size_t batch_samples = 10;             // design.md section 5: every 10 samples, ...
  std::chrono::milliseconds batch_age{3000};  // ... and at least every few seconds
  std::chrono::milliseconds busy_wait{5000};  // for one try
  std::chrono::milliseconds retry_pause{500};
  std::chrono::seconds last_wait{120};    // how long the end of a run waits for a held database
  std::size_t max_queued_rows = 100'000;  // the stated bound; about a day of samples and steps
  std::function<void(const std::string&)> notice{};  // called on the writer's thread
};

/// How soon a group is to be stored.
enum class Urgency : std::uint8_t {
  batched,  // with others: every `batch_samples`, and at least every `batch_age`
  at_once,  // what a journal gave: its room is wanted back
  synced,   // at once, and flushed to the disk itself
};

class RowWriter {
 public:
  RowWriter(RunInfo info, RowWriterOptions options);
  ~RowWriter();
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  /// Queues rows; never waits for the database. Over the bound they are dropped and counted, but
  /// for those that a journal gave: it keeps them safely, so look at `queued_rows` before taking
  /// more.
  void push(WriteGroup group, Urgency urgency);
  std::size_t queued_rows() const;
  /// What waits is stored and synced at once.
  void hurry();
  void count_drop(Drop why, std::uint64_t n = 1);
  /// The journal's totals so far, which are stored with ours.
  void set_journal_drops(const DropCounters& drops);

  /// How far the journal's rows are committed. Absent: none yet.
  std::optional<JournalMark> committed_journal() const;

  /// Waits until the database was opened or refused once, at most `wait`.
  void wait_first_try(std::chrono::milliseconds wait);

  struct Outcome {
    std::optional<Store> store{};  // absent: nothing took the rows
    std::filesystem::path database{};
    std::optional<RunKey> run{};
    DropCounters drops{};
  };
  /// Stores what is queued (waiting for a held database up to `last_wait`) and ends the thread.
  Outcome finish();

 private:
  /// Where rows go now.
  std::filesystem::path current_database() const;
  void work(const std::stop_token& stop);
  void try_first_database();
  bool due_locked(std::chrono::steady_clock::time_point now) const;
  WriteGroup take_locked();
  void put_back(WriteGroup group);
  Result<void> store_group(const WriteGroup& group, bool sync);
  Result<RunKey> begin_or_resume(Store& store);
  Result<void> ensure_run();
  bool use_next_database();
  void report_trouble(const Error& error);
  void flush_at_end();

  RunInfo info_;
  RowWriterOptions options_;
  std::size_t database_index_ =
      0;                          // under the mutex; 0: the wanted one; n: rescue_databases[n - 1]
  std::optional<Store> store_{};  // the writer's thread only, until finish()
  std::optional<RunKey> run_{};
  std::string last_trouble_{};

  mutable std::mutex mutex_{};
  std::condition_variable_any wake_{};
  WriteGroup queue_{};
  Urgency urgency_ = Urgency::batched;  // the highest of what waits
  std::optional<JournalMark> committed_journal_{};
  DropCounters journal_drops_{};
  bool first_try_done_ = false;
  std::optional<std::chrono::steady_clock::time_point> oldest_{};
  DropCounters drops_{};
  std::jthread thread_{};
};

}  // namespace tidemark
