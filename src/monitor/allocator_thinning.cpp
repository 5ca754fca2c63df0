#include "monitor/allocator_thinning.h"

#include <cmath>

namespace tidemark {
namespace {

constexpr double kMoved = 0.02;
constexpr double kAtLeastEverySeconds = 60;

bool moved(Bytes from, Bytes to) {
  return std::abs(static_cast<double>(to.count - from.count)) >
         kMoved * static_cast<double>(from.count);
}

}  // namespace

bool AllocatorThinning::is_news(const AllocatorRecord& record) const {
  const auto found = kept_.find(device_of(record));
  if (found == kept_.end() || !record.step) return true;
  const auto& last = found->second;
  return record.unix_seconds - last.unix_seconds >= kAtLeastEverySeconds ||
         moved(last.allocated, record.allocated) || moved(last.reserved, record.reserved) ||
         record.peak_allocated > last.peak_allocated || record.peak_reserved > last.peak_reserved;
}

void AllocatorThinning::thin(std::vector<AllocatorRecord>& records) {
  std::vector<AllocatorRecord> news;
  for (auto& record : records) {
    if (!is_news(record)) continue;
    kept_[device_of(record)] = record;
    news.push_back(record);
  }
  records = std::move(news);
}

}  // namespace tidemark
