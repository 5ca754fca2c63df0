#include "monitor/row_writer.h"

#include <algorithm>
#include <utility>

#include "os/thread_name.h"

namespace tidemark {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A refusal that waiting may cure: another program's lock, a disk that somebody may clean.
bool may_pass(Errc code) {
  return code == Errc::busy || code == Errc::full || code == Errc::io;
}

}  // namespace

RowWriter::RowWriter(RunInfo info, RowWriterOptions options)
    : info_(std::move(info)), options_(std::move(options)) {
  thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

RowWriter::~RowWriter() {
  thread_.request_stop();
  wake_.notify_all();
}

void RowWriter::push(WriteGroup group, Urgency urgency) {
  {
    const std::scoped_lock lock{mutex_};
    if (!group.journal && queue_.row_count() + group.row_count() > options_.max_queued_rows) {
      drops_.add(Drop::queue_full, group.row_count());
      return;
    }
    if (!group.empty() && !oldest_) oldest_ = SteadyClock::now();
    queue_.append(std::move(group));
    urgency_ = std::max(urgency_, urgency);
  }
  wake_.notify_all();
}

std::size_t RowWriter::queued_rows() const {
  const std::scoped_lock lock{mutex_};
  return queue_.row_count();
}

void RowWriter::hurry() {
  {
    const std::scoped_lock lock{mutex_};
    if (queue_.empty()) return;
    urgency_ = Urgency::synced;
  }
  wake_.notify_all();
}

void RowWriter::set_journal_drops(const DropCounters& drops) {
  const std::scoped_lock lock{mutex_};
  journal_drops_ = drops;
}

std::optional<JournalMark> RowWriter::committed_journal() const {
  const std::scoped_lock lock{mutex_};
  return committed_journal_;
}

std::filesystem::path RowWriter::current_database() const {
  const std::scoped_lock lock{mutex_};
  return database_index_ == 0 ? options_.database : options_.rescue_databases[database_index_ - 1];
}

void RowWriter::count_drop(Drop why, std::uint64_t n) {
  const std::scoped_lock lock{mutex_};
  drops_.add(why, n);
}

void RowWriter::wait_first_try(std::chrono::milliseconds wait) {
  std::unique_lock lock{mutex_};
  wake_.wait_for(lock, wait, [this] { return first_try_done_; });
}

bool RowWriter::due_locked(SteadyClock::time_point now) const {
  if (queue_.empty()) return false;
  return urgency_ > Urgency::batched || queue_.samples.size() >= options_.batch_samples ||
         (oldest_ && now - *oldest_ >= options_.batch_age);
}

WriteGroup RowWriter::take_locked() {
  oldest_.reset();
  urgency_ = Urgency::batched;
  return std::exchange(queue_, WriteGroup{});
}

void RowWriter::put_back(WriteGroup group) {
  const std::scoped_lock lock{mutex_};
  group.append(std::exchange(queue_, WriteGroup{}));
  queue_ = std::move(group);
  oldest_ = SteadyClock::now();
}

void RowWriter::work(const std::stop_token& stop) {
  name_this_thread("row writer");
  try_first_database();
  while (!stop.stop_requested()) {
    std::unique_lock lock{mutex_};
    wake_.wait_for(lock, stop, options_.retry_pause,
                   [this] { return due_locked(SteadyClock::now()); });
    if (!due_locked(SteadyClock::now())) continue;
    const bool sync = urgency_ == Urgency::synced;
    auto group = take_locked();
    lock.unlock();
    if (const auto stored = store_group(group, sync); !stored) {
      report_trouble(stored.error());
      put_back(std::move(group));
      if (!may_pass(stored.error().code)) use_next_database();
      std::unique_lock pause{mutex_};  // not woken by new rows: a held database is not hammered
      wake_.wait_for(pause, stop, options_.retry_pause, [] { return false; });
    }
  }
  flush_at_end();
}

void RowWriter::try_first_database() {
  auto opened = ensure_run();
  while (!opened) {
    report_trouble(opened.error());
    if (may_pass(opened.error().code) || !use_next_database()) break;
    opened = ensure_run();
  }
  {
    const std::scoped_lock lock{mutex_};
    first_try_done_ = true;
  }
  wake_.notify_all();
}

void RowWriter::flush_at_end() {
  const auto give_up_at = SteadyClock::now() + options_.last_wait;
  while (true) {
    std::unique_lock lock{mutex_};
    auto group = take_locked();
    lock.unlock();
    const auto stored = store_group(group, true);
    if (stored) return;
    report_trouble(stored.error());
    put_back(std::move(group));
    const bool wait_on = may_pass(stored.error().code) && SteadyClock::now() < give_up_at;
    if (!wait_on && !use_next_database()) break;
    if (wait_on) std::this_thread::sleep_for(options_.retry_pause);
  }
  const std::scoped_lock lock{mutex_};
  drops_.add(Drop::write_failed, queue_.row_count());
}

Result<RunKey> RowWriter::begin_or_resume(Store& store) {
  if (!options_.resumed || database_index_ > 0) return store.begin_run(info_);
  if (auto resumed = store.resume_run(*options_.resumed, info_.monitor); !resumed)
    return std::unexpected(resumed.error());
  return *options_.resumed;
}

Result<void> RowWriter::ensure_run() {
  if (store_ && run_) return {};
  if (!store_) {
    auto opened = Store::open(current_database(), {.busy_wait = options_.busy_wait});
    if (!opened) return std::unexpected(opened.error());
    store_ = std::move(*opened);
  }
  auto begun = begin_or_resume(*store_);
  if (!begun) return std::unexpected(begun.error());
  run_ = std::move(*begun);
  return {};
}

Result<void> RowWriter::store_group(const WriteGroup& group, bool sync) {
  if (auto ready = ensure_run(); !ready) return ready;
  DropCounters drops;
  {
    const std::scoped_lock lock{mutex_};
    drops = drops_ + journal_drops_;
  }
  if (auto written = store_->write(*run_, group, drops); !written) return written;
  if (group.journal) {
    const std::scoped_lock lock{mutex_};
    committed_journal_ = group.journal;
  }
  if (!last_trouble_.empty() && options_.notice)
    options_.notice(drops.total() == 0
                        ? "the database takes rows again; nothing that waited was lost"
                        : "the database takes rows again");
  last_trouble_.clear();
  // Committed is stored: rows whose sync failed must not be written again.
  if (const auto synced = sync ? store_->sync() : Result<void>{}; !synced)
    report_trouble(synced.error());
  return {};
}

bool RowWriter::use_next_database() {
  if (database_index_ >= options_.rescue_databases.size()) return false;
  store_.reset();
  run_.reset();
  {
    const std::scoped_lock lock{mutex_};
    ++database_index_;
  }
  last_trouble_.clear();  // the one that was left did not come back
  if (options_.notice)
    options_.notice("recording into " + current_database().string() + " instead");
  return true;
}

void RowWriter::report_trouble(const Error& error) {
  if (error.message == last_trouble_) return;
  last_trouble_ = error.message;
  if (options_.notice) options_.notice(error.message);
}

RowWriter::Outcome RowWriter::finish() {
  thread_.request_stop();
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  auto database = current_database();
  const std::scoped_lock lock{mutex_};
  return {.store = std::exchange(store_, std::nullopt),
          .database = std::move(database),
          .run = run_,
          .drops = drops_ + journal_drops_};
}

}  // namespace tidemark
