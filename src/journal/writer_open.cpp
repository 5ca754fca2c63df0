// Opening a journal to write to, and closing it.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "journal/writer_journal.h"

namespace tidemark {

std::array<tidemark_journal, 16> g_journals;
std::atomic<std::uint64_t> g_next_serial{2};

namespace {

// In a forked child, which has this thread only: every lane of the parent stays the parent's.
void forget_parents_lanes() noexcept {
  for (auto& journal : g_journals) {
    if (journal.serial.load() <= kSerialOpening) continue;
    for (auto& lane : journal.lanes) lane.forget();
    journal.ending_threads.store(0);  // they are the parent's
    journal.serial.store(g_next_serial.fetch_add(1));
  }
}

void notice_forks() noexcept {
  static std::atomic<bool> done{false};
  if (!done.exchange(true)) ::pthread_atfork(nullptr, nullptr, forget_parents_lanes);
}

/// An open file of this user; -1 with the reason.
int open_own_file(const char* path, tidemark_status& status) noexcept {
  const int fd = ::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    status = errno == ENOENT || errno == ENOTDIR ? tidemark_not_found : tidemark_not_ours;
    return -1;
  }
  struct stat found{};
  if (::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == ::geteuid()) return fd;
  status = tidemark_not_ours;
  ::close(fd);
  return -1;
}

tidemark_status read_geometry(int fd, JournalGeometry& geometry) noexcept {
  tidemark_identity identity{};
  if (::pread(fd, &identity, sizeof identity, 0) != static_cast<ssize_t>(sizeof identity))
    return tidemark_not_a_journal;
  switch (judge_identity(identity)) {
    case IdentityVerdict::not_a_journal:
      return tidemark_not_a_journal;
    case IdentityVerdict::other_version:
      return tidemark_other_version;
    case IdentityVerdict::valid:
      break;
  }
  geometry = geometry_of(identity);
  struct stat found{};
  const bool whole = ::fstat(fd, &found) == 0 &&
                     static_cast<std::uint64_t>(found.st_size) >= geometry.file_bytes();
  return whole ? tidemark_ok : tidemark_not_a_journal;
}

std::uint16_t rank_from_environment() noexcept {
  const char* const text = std::getenv("RANK");
  std::uint16_t rank = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), rank);
  return rank;
}

tidemark_journal* reserve_journal() noexcept {
  for (auto& journal : g_journals) {
    std::uint64_t unused = kSerialUnused;
    if (journal.serial.compare_exchange_strong(unused, kSerialOpening)) return &journal;
  }
  return nullptr;
}

tidemark_journal* set_up(int fd, const JournalGeometry& geometry) noexcept {
  tidemark_journal* const journal = reserve_journal();
  if (journal == nullptr) return nullptr;
  void* const mapped =
      ::mmap(nullptr, tidemark_slots_offset, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) {
    journal->serial.store(kSerialUnused);
    return nullptr;
  }
  notice_forks();
  journal->fd = fd;
  journal->header = static_cast<std::byte*>(mapped);
  journal->geometry = geometry;
  journal->enabled.store(true);
  journal->rank.store(rank_from_environment());
  journal->serial.store(g_next_serial.fetch_add(1));
  return journal;
}

}  // namespace
}  // namespace tidemark

using namespace tidemark;  // the C functions below are the namespace's outside

tidemark_journal* tidemark_journal_open(const char* path, tidemark_status* status) {
  tidemark_status ignored = tidemark_ok;
  tidemark_status& why = status != nullptr ? *status : ignored;
  why = path != nullptr ? tidemark_ok : tidemark_not_found;
  const int fd = path != nullptr ? open_own_file(path, why) : -1;
  if (fd < 0) return nullptr;
  JournalGeometry geometry;
  why = read_geometry(fd, geometry);
  tidemark_journal* const journal = why == tidemark_ok ? set_up(fd, geometry) : nullptr;
  if (journal != nullptr) return journal;
  if (why == tidemark_ok) why = tidemark_no_memory;
  ::close(fd);
  return nullptr;
}

void tidemark_journal_set_rank(tidemark_journal* journal, uint16_t rank) {
  if (journal != nullptr) journal->rank.store(rank, std::memory_order_relaxed);
}

void tidemark_journal_set_enabled(tidemark_journal* journal, bool enabled) {
  if (journal != nullptr) journal->enabled.store(enabled, std::memory_order_relaxed);
}

void tidemark_journal_read_counts(const tidemark_journal* journal, tidemark_counts* counts) {
  *counts = {};
  if (journal == nullptr || journal->header == nullptr) return;
  counts->dropped_no_lane = load_shared(journal->drops().no_lane);
  counts->dropped_disabled = load_shared(journal->drops().disabled);
  for (std::uint32_t i = 0; i < journal->geometry.lane_count; ++i) {
    auto& entry = journal->lane_entry(i);
    counts->records_taken += load_shared(entry.records_total);
    counts->dropped_full += load_shared(entry.dropped_full_total);
    counts->dropped_too_large += load_shared(entry.dropped_too_large_total);
  }
}

void tidemark_journal_close(tidemark_journal* journal) {
  if (journal == nullptr || journal->serial.exchange(kSerialOpening) <= kSerialOpening) return;
  // A thread that ends in this instant is in here for a system call or two. One that is stopped
  // right there keeps the mapping: what is never closed does no harm.
  constexpr int kMostYields = 10'000;
  for (int i = 0; journal->ending_threads.load() > 0; ++i) {
    if (i == kMostYields) return;
    ::sched_yield();
  }
  for (std::uint32_t i = 0; i < journal->geometry.lane_count; ++i)
    if (journal->lanes[i].mapped()) retire_lane(*journal, i);
  ::munmap(journal->header, tidemark_slots_offset);
  ::close(journal->fd);
  journal->header = nullptr;
  journal->fd = -1;
  journal->serial.store(kSerialUnused);
}
