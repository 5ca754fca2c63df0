// How a thread comes by its lane, and what becomes of it when the thread ends.
#include "journal/free_space.h"
#include "journal/platform.h"
#include "journal/writer_journal.h"

namespace tidemark {

constinit thread_local std::array<ThreadLane, 4> t_lanes{};

namespace {

constexpr std::int64_t kClaimRetryNs =
    1'000'000'000;  // a thread without a lane asks again this late

constinit thread_local bool t_ended = false;

// Against a close in another thread (a Python thread is joined before its C destructors run): said
// first, looked at the serial after it. Either we see that the journal is closed, or close sees us.
void give_back(const ThreadLane& mine) noexcept {
  mine.journal->ending_threads.fetch_add(1);
  if (mine.journal->serial.load() == mine.serial) retire_lane(*mine.journal, mine.index);
  mine.journal->ending_threads.fetch_sub(1);
}

struct ThreadEnd {
  ~ThreadEnd() {
    t_ended = true;
    for (const auto& mine : t_lanes)
      if (mine.lane != nullptr) give_back(mine);
    t_lanes = {};
  }
  void arm() const noexcept {}  // the first use of a thread_local makes its destructor run
};
thread_local ThreadEnd t_end;

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
  store_shared(entry.claimed_at_boot_ns, tidemark_boot_ns());
  store_shared(entry.owner_start_ticks, self.start_ticks, std::memory_order_release);
  return true;
}

// A lane that cannot be used: one that cannot have its memory is given back, one whose positions
// are broken is retired, and as the monitor never finds it drained it stays out of use.
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
  switch (journal.lanes[index].attach(entry, journal.geometry, index, journal.fd)) {
    case Attached::done:
      return Claim::done;
    case Attached::no_memory:  // nor would there be any for another lane
      hand_back(entry, tidemark_lane_free);
      return Claim::out_of_memory;
    case Attached::broken:
      break;
  }
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

}  // namespace

void retire_lane(tidemark_journal& journal, std::uint32_t index) noexcept {
  auto& word = journal.lane_entry(index).state_word;
  journal.lanes[index].detach(journal.geometry);
  store_shared(word, with_lane_state(load_shared(word), tidemark_lane_retired),
               std::memory_order_release);
}

WriterLane* find_or_claim_lane(tidemark_journal& journal, std::uint64_t serial) noexcept {
  if (serial <= kSerialOpening || t_ended) return nullptr;
  ThreadLane* const mine = place_for(journal, serial);
  if (mine == nullptr) return nullptr;
  if (mine->lane != nullptr) return mine->lane;
  const auto now = tidemark_boot_ns();
  if (now < mine->retry_at_ns) return nullptr;
  mine->retry_at_ns = now + kClaimRetryNs;
  t_end.arm();
  return claim_lane(journal, *mine) ? mine->lane : nullptr;
}

}  // namespace tidemark

bool tidemark_journal_claim(tidemark_journal* journal) {
  return journal != nullptr && tidemark::lane_of_this_thread(*journal) != nullptr;
}
