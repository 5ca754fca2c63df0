#include "logscan/finding_store.h"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

constexpr std::size_t kMostWarnings = 100;
constexpr std::size_t kMostErrors = 200;

/// The text without its numbers, so that "worker (pid 12)" and "worker (pid 13)" are one.
std::string key_of(const Kept& kept) {
  constexpr std::size_t kCompared = 200;
  std::string key;
  key += static_cast<char>('A' + std::to_underlying(kept.finding.category));
  key += static_cast<char>('0' + std::to_underlying(kept.weight));
  key += kept.finding.exception;
  key += '\n';
  const std::string_view message = kept.finding.message;
  bool in_number = false;
  for (const char c : message.substr(0, kCompared)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit || !in_number) key += digit ? '0' : c;
    in_number = digit;
  }
  return key;
}

bool is_warning(const Kept& kept) {
  return kept.weight == Weight::warning;
}

}  // namespace

bool is_memory(LogCategory category) {
  return category <= LogCategory::shm_exhausted;
}

Kept* FindingStore::find(std::uint64_t id) {
  const auto found = std::ranges::lower_bound(kept_, id, {}, &Kept::id);
  return found == kept_.end() || found->id != id ? nullptr : &*found;
}

std::uint64_t FindingStore::add(Kept kept) {
  ++additions_;
  std::string key = key_of(kept);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    if (Kept* same = find(known->second)) {
      ++same->finding.count;
      same->finding.last = kept.finding.last;
      same->last_at = kept.last_at;
      same->survived = same->survived && kept.survived;
      if (!same->finding.figures.requested) same->finding.figures = kept.finding.figures;
      return same->id;
    }
  }
  make_room(is_warning(kept));
  if (!is_warning(kept)) ++errors_added_;
  kept.id = next_id_++;
  by_key_.insert_or_assign(std::move(key), kept.id);
  kept_.push_back(std::move(kept));
  return kept_.back().id;
}

/// The oldest of its kind goes, but never a failed allocation where there is another.
void FindingStore::make_room(bool warning) {
  const auto same_kind = [warning](const Kept& kept) { return is_warning(kept) == warning; };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(kept_, same_kind));
  if (count < (warning ? kMostWarnings : kMostErrors)) return;
  auto victim = std::ranges::find_if(kept_, [&](const Kept& kept) {
    return same_kind(kept) && (warning || !is_memory(kept.finding.category));
  });
  if (victim == kept_.end()) victim = std::ranges::find_if(kept_, same_kind);
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second == victim->id; });
  kept_.erase(victim);
  ++left_out_;
}

}  // namespace tidemark
