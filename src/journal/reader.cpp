#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "journal/journal.h"
#include "journal/journal_file.h"
#include "journal/lane_drain.h"
#include "journal/lane_owner.h"
#include "journal/private_folder.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

// What one drain may hold beside its records: texts of a hostile or talkative trainer.
constexpr std::size_t kMostTextBytes = 1U << 20;

// flock belongs to the open file: it goes when the last descriptor of it is closed, however the
// process ends. Writers do not lock.
Result<void> lock_for_draining(const UniqueFd& file, const std::string& name) {
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK) return fail(Errc::busy, name + ": another process drains this journal");
  return std::unexpected(system_error(errno, name));
}

bool has_spare_lane(std::span<const tidemark_lane> entries_untrusted) {
  return std::ranges::any_of(entries_untrusted, [](const tidemark_lane& entry) {
    return entry.allocated == 1 && lane_state_of(entry.state_word) == tidemark_lane_free;
  });
}

bool unchanged(const tidemark_lane& a, const tidemark_lane& b) {
  return a.state_word == b.state_word && a.owner_start_ticks == b.owner_start_ticks &&
         a.owner_pid_namespace == b.owner_pid_namespace;
}

}  // namespace

struct JournalReader::State {
  JournalFile file;
  ClockAnchor anchor;
  SlotWindow window{};
  std::vector<tidemark_lane> lanes{};  // the latest copy of the table
  std::uint32_t first_lane = 0;  // where the next drain begins, so that every lane gets its turn

  std::uint32_t lane_count() const { return file.geometry().lane_count; }
};

JournalReader::JournalReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
JournalReader::JournalReader(JournalReader&&) noexcept = default;
JournalReader& JournalReader::operator=(JournalReader&&) noexcept = default;
JournalReader::~JournalReader() = default;

Result<JournalReader> JournalReader::open(const std::filesystem::path& path) {
  auto fd = open_private_file(path);
  if (!fd) return std::unexpected(fd.error());
  return adopt(*std::move(fd), path.string());
}

Result<JournalReader> JournalReader::adopt(UniqueFd fd, std::string name) {
  if (auto locked = lock_for_draining(fd, name); !locked) return std::unexpected(locked.error());
  auto file = JournalFile::open(std::move(fd), std::move(name));
  if (!file) return std::unexpected(file.error());
  const auto anchor = file->info().anchor;
  return JournalReader{std::make_unique<State>(State{*std::move(file), anchor})};
}

const JournalInfo& JournalReader::info() const {
  return state_->file.info();
}
void JournalReader::set_anchor(ClockAnchor anchor) {
  state_->anchor = anchor;
}

Result<Drained> JournalReader::drain(const JournalPosition& from, std::size_t most_records) {
  const auto& info = state_->file.info();
  const auto lanes = state_->lane_count();
  if ((!from.journal_id.empty() && from.journal_id != info.id) || from.next.size() > lanes)
    return fail(Errc::invalid, state_->file.name() + ": the position is of another journal");
  Drained drained{.position = {info.id, from.next}};
  drained.position.next.resize(lanes);
  DrainParts parts{.file = &state_->file,
                   .window = &state_->window,
                   .anchor = state_->anchor,
                   .budget = {.records = most_records, .text_bytes = kMostTextBytes},
                   .drained = &drained};
  const auto entries = state_->file.copy_lanes_untrusted(state_->lanes);
  for (std::uint32_t i = 0; i < lanes; ++i) {
    const std::uint32_t lane = (state_->first_lane + i) % lanes;
    auto& next = drained.position.next[lane];
    next = LaneDrain{parts, lane}.run(lane < entries.size() ? &entries[lane] : nullptr, next);
  }
  if (drained.more) ++state_->first_lane;
  return drained;
}

Result<void> JournalReader::release(const JournalPosition& committed) {
  if (committed.journal_id != info().id || committed.next.size() > state_->lane_count())
    return fail(Errc::invalid, state_->file.name() + ": the position is of another journal");
  const auto entries = state_->file.copy_lanes_untrusted(state_->lanes);
  for (std::uint32_t lane = 0; lane < std::min(committed.next.size(), entries.size()); ++lane) {
    auto positions = positions_in(entries[lane], state_->file.geometry());
    if (!positions) positions = state_->file.read_positions(lane);
    const std::uint64_t position = committed.next[lane];
    if (!positions || position <= positions->tail || position > positions->head) continue;
    if (auto done = state_->file.write_tail(lane, position); !done) return done;
  }
  return {};
}

int JournalReader::reclaim_lanes(const HostRoot& host) {
  int reclaimed = 0;
  const auto entries = state_->file.copy_lanes_untrusted(state_->lanes);
  bool spare = has_spare_lane(entries);
  for (std::uint32_t lane = 0; lane < entries.size(); ++lane) {
    const auto owner = judge_owner(entries[lane], info().boot_id, host);
    if (owner != LaneOwner::dead && owner != LaneOwner::retired) continue;
    // Only now: nobody moves head any more. The second copy guards against one that was seen
    // half-written.
    const auto now = state_->file.copy_lane_untrusted(lane);
    const auto positions = now ? positions_in(*now, state_->file.geometry()) : std::nullopt;
    if (!positions || !unchanged(entries[lane], *now) || positions->tail != positions->head)
      continue;
    // One lane is kept for the next writer. More would be memory that the trainer's cgroup has
    // lost.
    if (spare && !state_->file.free_lane_memory(lane)) continue;
    if (!state_->file.free_lane(lane)) continue;
    spare = true;
    ++reclaimed;
  }
  return reclaimed;
}

int JournalReader::live_lanes(const HostRoot& host) {
  int alive = 0;
  for (const auto& entry : state_->file.copy_lanes_untrusted(state_->lanes))
    if (judge_owner(entry, info().boot_id, host) == LaneOwner::alive) ++alive;
  return alive;
}

Result<void> JournalReader::stop_writers() {
  return state_->file.close_for_writers();
}

Result<JournalCounts> JournalReader::counts() {
  const auto drops = state_->file.copy_shared_drops_untrusted();
  if (!drops) return fail(Errc::malformed, state_->file.name() + ": truncated");
  JournalCounts counts{.dropped_no_lane = drops->no_lane, .dropped_disabled = drops->disabled};
  const auto entries = state_->file.copy_lanes_untrusted(state_->lanes);
  if (entries.size() < state_->lane_count())
    return fail(Errc::malformed, state_->file.name() + ": truncated");
  for (const auto& entry : entries) {
    counts.records_taken += entry.records_total;
    counts.dropped_full += entry.dropped_full_total;
    counts.dropped_too_large += entry.dropped_too_large_total;
  }
  return counts;
}

std::string JournalReader::label() {
  const auto label = state_->file.read_label();
  return label ? std::string{label->text, label->text_bytes} : std::string{};
}

Result<void> JournalReader::set_label(std::string_view text) {
  return state_->file.write_label(text);
}

void add_drops(const JournalCounts& counts, DropCounters& drops) {
  drops.add(Drop::journal_full, counts.dropped_full);
  drops.add(Drop::journal_no_lane, counts.dropped_no_lane);
  drops.add(Drop::journal_too_large, counts.dropped_too_large);
  drops.add(Drop::journal_disabled, counts.dropped_disabled);
}

}  // namespace tidemark
