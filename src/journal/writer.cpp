// The writer behind journal_abi.h, inside the trainer's process. Compiled without exceptions.
// Journals live in static storage, so that no call but the first pays for memory and a thread that
// ends late can still ask whether its journal is open.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string_view>

#include "journal/free_space.h"
#include "journal/platform.h"
#include "journal/writer_lane.h"

using tidemark::WriterLane;

// A serial is never used twice in a process, and a forked child changes it: what a thread remembers
// under another serial is of a closed journal or of its parent.
struct tidemark_journal {
  std::atomic<std::uint64_t> serial{0};
  std::atomic<bool> enabled{true};
  std::atomic<std::uint16_t> rank{0};
  int fd = -1;
  std::byte* header = nullptr;  // the file's first 64 KiB, mapped
  tidemark::JournalGeometry geometry{};
  std::array<WriterLane, tidemark_lane_count> lanes{};  // [i] is only touched by who claimed lane i

  tidemark_lane& lane_entry(std::uint32_t index) const noexcept {
    return *reinterpret_cast<tidemark_lane*>(header + tidemark::lane_entry_offset(index));
  }
  tidemark_control& control() const noexcept {
    return *reinterpret_cast<tidemark_control*>(header + tidemark_control_offset);
  }
  tidemark_shared_drops& drops() const noexcept {
    return *reinterpret_cast<tidemark_shared_drops*>(header + tidemark_drops_offset);
  }
};

namespace tidemark {
namespace {

#if defined(CLOCK_BOOTTIME)
constexpr clockid_t kBootClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kBootClock = CLOCK_MONOTONIC;  // Darwin's runs on while the machine sleeps
#endif

constexpr std::uint64_t kSerialUnused = 0;
constexpr std::uint64_t kSerialOpening = 1;
constexpr std::int64_t kClaimRetryNs =
    1'000'000'000;  // a thread without a lane asks again this late

std::array<tidemark_journal, 16> g_journals;
std::atomic<std::uint64_t> g_next_serial{2};

std::int64_t boot_ns() noexcept {
  timespec now{};
  ::clock_gettime(kBootClock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// --- which lane is this thread's
// -----------------------------------------------------------------------

struct ThreadLane {
  std::uint64_t serial = kSerialUnused;
  tidemark_journal* journal = nullptr;
  WriterLane* lane = nullptr;  // null: none could be had
  std::uint32_t index = 0;
  std::int64_t retry_at_ns = 0;
};

// More journals than this in one thread is nobody's use; the fifth gets no lane.
constinit thread_local std::array<ThreadLane, 4> t_lanes{};
constinit thread_local bool t_ended = false;

void retire(tidemark_journal& journal, std::uint32_t index) noexcept {
  auto& word = journal.lane_entry(index).state_word;
  journal.lanes[index].detach(journal.geometry);
  store_shared(word, with_lane_state(load_shared(word), tidemark_lane_retired),
               std::memory_order_release);
}

struct ThreadEnd {
  ~ThreadEnd() {
    t_ended = true;
    for (const auto& mine : t_lanes)
      if (mine.lane != nullptr && mine.journal->serial.load() == mine.serial)
        retire(*mine.journal, mine.index);
    t_lanes = {};
  }
  void arm() const noexcept {}  // the first use of a thread_local makes its destructor run
};
thread_local ThreadEnd t_end;

// In a forked child, which has this thread only: every lane of the parent stays the parent's.
void forget_parents_lanes() noexcept {
  for (auto& journal : g_journals) {
    if (journal.serial.load() <= kSerialOpening) continue;
    for (auto& lane : journal.lanes) lane.forget();
    journal.serial.store(g_next_serial.fetch_add(1));
  }
}

void notice_forks() noexcept {
  static std::atomic<bool> done{false};
  if (!done.exchange(true)) ::pthread_atfork(nullptr, nullptr, forget_parents_lanes);
}

// --- claiming
// ------------------------------------------------------------------------------------------

bool make_allocated(const tidemark_journal& journal, std::uint32_t index) noexcept {
  auto& entry = journal.lane_entry(index);
  if (load_shared(entry.allocated) == 1) return true;
  const auto& geometry = journal.geometry;
  if (!has_free_space(journal.fd, kFreeSpaceFactor * geometry.lane_bytes())) return false;
  if (allocate_range(journal.fd, geometry.lane_offset(index), geometry.lane_bytes()) != 0)
    return false;
  store_shared(entry.allocated, std::uint8_t{1}, std::memory_order_release);
  return true;
}

bool take(tidemark_lane& entry, ProcessIdentity self) noexcept {
  std::uint64_t word = load_shared(entry.state_word);
  if (lane_state_of(word) != tidemark_lane_free) return false;
  if (!std::atomic_ref{entry.state_word}.compare_exchange_strong(
          word, claimed_state_word(word, self.pid), std::memory_order_acq_rel))
    return false;
  store_shared(entry.owner_pid_namespace, own_pid_namespace());
  store_shared(entry.owner_thread, own_thread_id());
  store_shared(entry.claimed_at_boot_ns, boot_ns());
  store_shared(entry.owner_start_ticks, self.start_ticks, std::memory_order_release);
  return true;
}

// A lane that cannot be used: one without memory is given back, one whose positions are broken is
// retired, and as the monitor never finds it drained it stays out of use.
void hand_back(tidemark_lane& entry, std::uint8_t state) noexcept {
  if (state == tidemark_lane_free) store_shared(entry.owner_start_ticks, std::uint64_t{0});
  store_shared(entry.state_word, with_lane_state(load_shared(entry.state_word), state),
               std::memory_order_release);
}

enum class Claim : std::uint8_t { done, try_another, out_of_memory };

Claim claim_this(tidemark_journal& journal, std::uint32_t index, ProcessIdentity self) noexcept {
  auto& entry = journal.lane_entry(index);
  if (!take(entry, self)) return Claim::try_another;
  if (!make_allocated(journal, index)) {
    hand_back(entry, tidemark_lane_free);
    return Claim::out_of_memory;
  }
  if (journal.lanes[index].attach(entry, journal.geometry, index, journal.fd)) return Claim::done;
  hand_back(entry, tidemark_lane_retired);
  return Claim::try_another;
}

/// Lanes that have their memory are preferred; another is allocated when none of those is free.
bool claim_lane(tidemark_journal& journal, ThreadLane& mine) noexcept {
  const auto self = own_process();
  for (const bool with_memory : {true, false}) {
    for (std::uint32_t i = 0; i < journal.geometry.lane_count; ++i) {
      if ((load_shared(journal.lane_entry(i).allocated) == 1) != with_memory) continue;
      const auto claim = claim_this(journal, i, self);
      if (claim == Claim::try_another) continue;
      if (claim == Claim::out_of_memory) return false;
      mine.lane = &journal.lanes[i];
      mine.index = i;
      return true;
    }
  }
  return false;
}

ThreadLane* place_for(tidemark_journal& journal, std::uint64_t serial) noexcept {
  for (auto& mine : t_lanes)
    if (mine.serial == serial) return &mine;
  for (auto& mine : t_lanes) {
    const bool stale = mine.serial == kSerialUnused || mine.journal->serial.load() != mine.serial;
    if (!stale) continue;
    mine = {.serial = serial, .journal = &journal};
    return &mine;
  }
  return nullptr;
}

[[gnu::noinline]] WriterLane* find_or_claim(tidemark_journal& journal,
                                            std::uint64_t serial) noexcept {
  if (serial <= kSerialOpening || t_ended) return nullptr;
  ThreadLane* const mine = place_for(journal, serial);
  if (mine == nullptr) return nullptr;
  if (mine->lane != nullptr) return mine->lane;
  const auto now = boot_ns();
  if (now < mine->retry_at_ns) return nullptr;
  mine->retry_at_ns = now + kClaimRetryNs;
  t_end.arm();
  return claim_lane(journal, *mine) ? mine->lane : nullptr;
}

WriterLane* lane_of_this_thread(tidemark_journal& journal) noexcept {
  const auto serial = journal.serial.load(std::memory_order_relaxed);
  const auto& first = t_lanes[0];
  if (first.serial == serial && first.lane != nullptr) [[likely]]
    return first.lane;
  return find_or_claim(journal, serial);
}

// --- records
// -------------------------------------------------------------------------------------------

/// The lane to record in; null is counted.
WriterLane* lane_to_record_in(tidemark_journal* journal) noexcept {
  if (journal == nullptr || journal->header == nullptr) return nullptr;
  if (!journal->enabled.load(std::memory_order_relaxed) ||
      load_shared(journal->control().closed) != 0) [[unlikely]] {
    std::atomic_ref{journal->drops().disabled}.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  WriterLane* const lane = lane_of_this_thread(*journal);
  if (lane == nullptr) [[unlikely]]
    std::atomic_ref{journal->drops().no_lane}.fetch_add(1, std::memory_order_relaxed);
  return lane;
}

bool room_or_count(WriterLane& lane, std::uint32_t slots) noexcept {
  if (lane.has_room(slots)) [[likely]]
    return true;
  count_up(lane.shared().dropped_full_total);
  return false;
}

// Out of float's range the nearest float; NaN and infinity stay what they are.
float narrow(double value) noexcept {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (value > kMost)
    return std::isinf(value) ? std::numeric_limits<float>::infinity() : static_cast<float>(kMost);
  if (value < -kMost)
    return std::isinf(value) ? -std::numeric_limits<float>::infinity() : static_cast<float>(-kMost);
  return static_cast<float>(value);
}

tidemark_slot slot_of(const tidemark_step_values& values, std::uint16_t rank) noexcept {
  tidemark_slot slot{};
  std::uint32_t present = values.present & 0x3f;
  if (values.batch_size < 0 || values.batch_size > std::int64_t{0xffff'ffff})
    present &= ~std::uint32_t{tidemark_has_batch_size};
  slot.kind = tidemark_kind_step;
  slot.flags = static_cast<std::uint8_t>(present);
  slot.rank = rank;
  slot.argument =
      (present & tidemark_has_batch_size) != 0 ? static_cast<std::uint32_t>(values.batch_size) : 0;
  slot.body.step = {.step = values.step,
                    .time_ns = 0,
                    .loss = values.loss,
                    .learning_rate = values.learning_rate,
                    .gradient_norm = values.gradient_norm,
                    .step_time_seconds = narrow(values.step_time_seconds),
                    .data_wait_seconds = narrow(values.data_wait_seconds)};
  return slot;
}

/// Type and details behind each other, copied in pieces as slots need them.
struct Payload {
  std::string_view type{};
  std::string_view details{};

  std::size_t size() const noexcept { return type.size() + details.size(); }
  void copy(std::size_t from, std::uint8_t* to, std::size_t most) const noexcept {
    for (const auto part : {type, details}) {
      if (from >= part.size()) {
        from -= part.size();
        continue;
      }
      const auto count = part.size() - from < most ? part.size() - from : most;
      std::memcpy(to, part.data() + from, count);
      to += count;
      most -= count;
      from = 0;
    }
  }
};

void put_continuations(WriterLane& lane, const Payload& payload, std::uint32_t slots,
                       std::uint16_t rank) noexcept {
  for (std::uint32_t i = 1; i < slots; ++i) {
    tidemark_slot slot{};
    slot.kind = tidemark_kind_continuation;
    slot.rank = rank;
    slot.argument = i;
    payload.copy(tidemark_event_first_bytes + std::size_t{i - 1} * tidemark_continuation_bytes,
                 slot.body.continuation, tidemark_continuation_bytes);
    lane.put(i, slot);
  }
}

bool record_event(tidemark_journal* journal, std::uint8_t kind, const Payload& payload) noexcept {
  WriterLane* const lane = lane_to_record_in(journal);
  if (lane == nullptr) return false;
  if (payload.type.empty() || payload.type.size() > tidemark_max_type_bytes ||
      payload.details.size() > tidemark_max_details_bytes) {
    count_up(lane->shared().dropped_too_large_total);
    return false;
  }
  const auto payload_bytes = static_cast<std::uint32_t>(payload.size());
  const auto slots = tidemark_event_slots(payload_bytes);
  if (slots > journal->geometry.slots_per_lane) {
    count_up(lane->shared().dropped_too_large_total);
    return false;
  }
  if (!room_or_count(*lane, slots)) return false;
  tidemark_slot slot{};
  slot.kind = kind;
  slot.rank = journal->rank.load(std::memory_order_relaxed);
  slot.argument = payload_bytes;
  slot.body.event.time_ns = boot_ns();
  slot.body.event.type_bytes = static_cast<std::uint16_t>(payload.type.size());
  payload.copy(0, slot.body.event.payload, tidemark_event_first_bytes);
  put_continuations(*lane, payload, slots, slot.rank);
  lane->put(0, slot);
  lane->publish(slots);
  return true;
}

// --- opening
// -------------------------------------------------------------------------------------------

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

/// "pid:start_ticks"; false when it is anything else.
bool parse_root(const char* text, ProcessIdentity& root) noexcept {
  const char* const end = text + std::strlen(text);
  const auto pid = std::from_chars(text, end, root.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != ':') return false;
  const auto ticks = std::from_chars(pid.ptr + 1, end, root.start_ticks);
  return ticks.ec == std::errc{} && ticks.ptr == end && root.pid > 0;
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

tidemark_journal* tidemark_journal_join(tidemark_status* status) {
  const char* const path = std::getenv("TIDEMARK_JOURNAL");
  const char* const root_text = std::getenv("TIDEMARK_RUN_ROOT");
  ProcessIdentity root;
  tidemark_status why = tidemark_ok;
  if (path == nullptr || root_text == nullptr)
    why = tidemark_not_found;
  else if (!parse_root(root_text, root) || !descends_from(root))
    why = tidemark_not_ours;
  if (status != nullptr) *status = why;
  return why == tidemark_ok ? tidemark_journal_open(path, status) : nullptr;
}

void tidemark_journal_set_rank(tidemark_journal* journal, uint16_t rank) {
  if (journal != nullptr) journal->rank.store(rank, std::memory_order_relaxed);
}

void tidemark_journal_set_enabled(tidemark_journal* journal, bool enabled) {
  if (journal != nullptr) journal->enabled.store(enabled, std::memory_order_relaxed);
}

bool tidemark_journal_claim(tidemark_journal* journal) {
  return journal != nullptr && lane_of_this_thread(*journal) != nullptr;
}

bool tidemark_journal_step(tidemark_journal* journal, const tidemark_step_values* values) {
  WriterLane* const lane = lane_to_record_in(journal);
  if (lane == nullptr || !room_or_count(*lane, 1)) return false;
  tidemark_slot slot = slot_of(*values, journal->rank.load(std::memory_order_relaxed));
  slot.body.step.time_ns = boot_ns();
  lane->put(0, slot);
  lane->publish(1);
  return true;
}

bool tidemark_journal_event(tidemark_journal* journal, const char* type, size_t type_bytes,
                            const char* details, size_t details_bytes) {
  return record_event(journal, tidemark_kind_event, {{type, type_bytes}, {details, details_bytes}});
}

bool tidemark_journal_phase(tidemark_journal* journal, const char* name, size_t name_bytes,
                            bool begins) {
  return record_event(journal, begins ? tidemark_kind_phase_start : tidemark_kind_phase_end,
                      {{name, name_bytes}, {}});
}

bool tidemark_journal_allocator(tidemark_journal* journal,
                                const tidemark_allocator_values* values) {
  WriterLane* const lane = lane_to_record_in(journal);
  if (lane == nullptr || !room_or_count(*lane, 1)) return false;
  tidemark_slot slot{};
  slot.kind = tidemark_kind_allocator;
  slot.flags = values->device_kind;
  slot.rank = journal->rank.load(std::memory_order_relaxed);
  slot.argument = values->device_index;
  slot.body.allocator = {.time_ns = boot_ns(),
                         .step = values->step,
                         .allocated_bytes = values->allocated_bytes,
                         .reserved_bytes = values->reserved_bytes,
                         .peak_allocated_bytes = values->peak_allocated_bytes,
                         .peak_reserved_bytes = values->peak_reserved_bytes};
  lane->put(0, slot);
  lane->publish(1);
  return true;
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
  for (std::uint32_t i = 0; i < journal->geometry.lane_count; ++i)
    if (journal->lanes[i].mapped()) retire(*journal, i);
  ::munmap(journal->header, tidemark_slots_offset);
  ::close(journal->fd);
  journal->header = nullptr;
  journal->fd = -1;
  journal->serial.store(kSerialUnused);
}
