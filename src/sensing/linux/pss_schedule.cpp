#include "sensing/linux/pss_schedule.h"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kSettleTime = milliseconds{500};  // a process that was just forked owns nothing yet
constexpr auto kLeastSpacing = seconds{5};       // of one process, however cheap it is
constexpr auto kAdvance = milliseconds{600};     // of reading, before it is paid for
constexpr auto kHoldTime = seconds{1};

std::chrono::nanoseconds paid_by(std::chrono::nanoseconds reading, double budget_ratio) {
  const auto whole = std::chrono::duration<double, std::nano>(reading) / budget_ratio;
  return std::chrono::nanoseconds{static_cast<std::int64_t>(whole.count())};
}

// USER_HZ is 100 on all that Linux runs on but alpha and ia64; the kernel counts from boot.
BootTime born_at(ProcessIdentity id) {
  constexpr std::uint64_t kNsPerTick = 10'000'000;
  constexpr std::uint64_t kMostTicks = std::uint64_t{1} << 39;  // 174 years
  return {static_cast<std::int64_t>(std::min(id.start_ticks, kMostTicks) * kNsPerTick)};
}

}  // namespace

bool PssSchedule::follow(std::span<const PssTarget> targets) {
  bool news = targets.size() != entries_.size();
  for (std::size_t i = 0; !news && i < targets.size(); ++i) news = entries_[i].target != targets[i];
  if (!news) return false;

  for (auto& entry : entries_) entry.followed = false;
  for (const auto& target : targets) {
    const auto known =
        std::ranges::find(entries_, target.id, [](const Entry& e) { return e.target.id; });
    if (known == entries_.end()) {
      entries_.push_back({.target = target});
    } else {
      known->target = target;
      known->followed = true;
    }
  }
  std::erase_if(entries_, [](const Entry& entry) { return !entry.followed; });
  // In the caller's order, so that the comparison above stays a plain one.
  std::ranges::sort(entries_, {}, [targets](const Entry& entry) {
    return std::ranges::find(targets, entry.target) - targets.begin();
  });
  return true;
}

BootTime PssSchedule::ready_at(const Entry& entry) const {
  if (entry.last_read) return std::max(*entry.last_read + kLeastSpacing, paid_until_);
  return std::max(born_at(entry.target.id) + kSettleTime,
                  paid_until_ - paid_by(kAdvance, budget_ratio_));
}

bool PssSchedule::before(const Entry& a, const Entry& b) {
  if (a.last_read && b.last_read) return *a.last_read < *b.last_read;
  if (a.last_read || b.last_read) return !a.last_read;
  return std::to_underlying(a.target.role) < std::to_underlying(b.target.role);
}

std::optional<PssTarget> PssSchedule::due(BootTime now) const {
  if (held_ || budget_ratio_ <= 0) return std::nullopt;
  const Entry* next = nullptr;
  for (const auto& entry : entries_) {
    if (entry.refused || ready_at(entry) > now) continue;
    if (!next || before(entry, *next)) next = &entry;
  }
  return next ? std::optional{next->target} : std::nullopt;
}

std::optional<BootTime> PssSchedule::next_at(BootTime now) const {
  if (budget_ratio_ <= 0) return std::nullopt;
  std::optional<BootTime> earliest;
  for (const auto& entry : entries_) {
    if (entry.refused) continue;
    const auto at = ready_at(entry);
    if (!earliest || at < *earliest) earliest = at;
  }
  if (earliest && held_) earliest = std::max(*earliest, now + kHoldTime);
  return earliest;
}

void PssSchedule::finished(ProcessIdentity id, BootTime began, std::chrono::nanoseconds took,
                           PssOutcome outcome) {
  paid_until_ = std::max(paid_until_, began) + paid_by(took, budget_ratio_);
  for (auto& entry : entries_) {
    if (entry.target.id != id) continue;
    entry.last_read = began + took;
    entry.refused = outcome == PssOutcome::refused;
  }
}

}  // namespace tidemark
