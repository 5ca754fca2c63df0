// /dev/shm as the trainer sees it: DataLoader workers hand batches over in it, and a container's is
// often 64 MB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/host_root.h"
#include "telemetry/host_sample.h"

namespace tidemark {

class ShmReader {
 public:
  ShmReader(const HostRoot& host, std::int32_t pid);

  /// Absent where /dev/shm is no tmpfs of its own. Our own stands in where the trainer's may not be
  /// looked at, and after its end where the two were the same.
  std::optional<ShmSample> read();

 private:
  std::string trainer_path_;
  std::string own_path_;
  bool same_ = false;
};

}  // namespace tidemark
