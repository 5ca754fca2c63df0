#include "monitor/journal_follower.h"

#include <utility>

namespace tidemark {
namespace {

constexpr std::chrono::seconds kReclaimEvery{1};

}  // namespace

JournalFollower::JournalFollower(JournalReader reader, std::filesystem::path path,
                                 JournalPosition from, ClockAnchor anchor)
    : reader_(std::move(reader)), path_(std::move(path)), position_(std::move(from)) {
  reader_.set_anchor(anchor);
  released_ = position_;
}

std::vector<JournalRecord> JournalFollower::drain(std::size_t most_records) {
  auto drained = reader_.drain(position_, most_records);
  more_ = drained && drained->more;
  moved_ = drained && drained->position.next != position_.next;
  if (!drained || drained->unreadable_lanes > 0)
    note_damage(drained ? "" : drained.error().message);
  if (!drained) return {};
  malformed_ += drained->malformed + drained->unknown_kind;
  position_ = std::move(drained->position);
  return std::move(drained->records);
}

void JournalFollower::note_damage(const std::string& why) {
  if (std::exchange(damaged_, true)) return;
  problem_ = path_.string() +
             ": the journal is damaged, and what is behind the damage cannot be read" +
             (why.empty() ? "" : ": " + why);
}

JournalMark JournalFollower::mark() const {
  return {reader_.info().id, encode(position_)};
}

void JournalFollower::release(const JournalMark& committed) {
  auto position = decode_journal_position(committed.position);
  if (!position) return;
  position->next.resize(position_.next.size());  // encoded without the lanes that never moved
  if (*position == released_) return;
  if (reader_.release(*position)) released_ = *std::move(position);
}

bool JournalFollower::all_released() const {
  for (std::size_t lane = 0; lane < position_.next.size(); ++lane)
    if (position_.next[lane] > (lane < released_.next.size() ? released_.next[lane] : 0))
      return false;
  return true;
}

DropCounters JournalFollower::drops() {
  DropCounters drops;
  if (const auto counts = reader_.counts()) add_drops(*counts, drops);
  drops.add(Drop::record_malformed, malformed_);
  return drops;
}

void JournalFollower::reclaim_lanes(const HostRoot& host, BootTime now) {
  if (now - lanes_looked_at_ < kReclaimEvery) return;
  lanes_looked_at_ = now;
  reader_.reclaim_lanes(host);
}

void JournalFollower::set_label(const JournalLabel& label) {
  (void)reader_.set_label(encode(label));
}

void JournalFollower::stop_writers() {
  (void)reader_.stop_writers();
}

// Looked at once more after the last writer is gone: it may have been in the middle of a record
// when we drained for the last time.
bool JournalFollower::remove(const HostRoot& host) {
  if (damaged_ || !all_released() || reader_.live_lanes(host) > 0) return false;
  const auto late = reader_.drain(position_, 1);
  return late && late->position.next == position_.next && remove_journal(path_).has_value();
}

}  // namespace tidemark
