// Which of the trainer's allocator records are worth a row: in steady training most say the same.
#pragma once

#include <map>
#include <vector>

#include "telemetry/allocator_record.h"

namespace tidemark {

class AllocatorThinning {
 public:
  /// Keeps a device's first record, those outside of steps (at the ends of phases), a value that
  /// moved by a fiftieth, a new peak, and one a minute.
  void thin(std::vector<AllocatorRecord>& records);

 private:
  bool is_news(const AllocatorRecord& record) const;
  struct Device {
    std::int32_t rank = 0;
    AllocatorRecord::Device kind{};
    std::uint32_t index = 0;
    friend auto operator<=>(const Device&, const Device&) = default;
  };
  static Device device_of(const AllocatorRecord& record) {
    return {record.rank, record.device, record.device_index};
  }
  std::map<Device, AllocatorRecord> kept_{};
};

}  // namespace tidemark
