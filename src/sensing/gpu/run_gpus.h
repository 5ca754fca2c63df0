// Which of the machine's GPUs are the run's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sensing/gpu/gpu_reading.h"
#include "sensing/nvidia/visible_devices.h"

namespace tidemark {

class RunGpus {
 public:
  /// One mark per reading. `environment`: the main process's; absent where it cannot be read.
  /// What the environment names is the run's, by the vendor's rules. Where it names nothing, or
  /// nothing that can be resolved, it is every device on which a process of the run was ever seen;
  /// before one was seen, all. A process of the run on a device that is not named says that the
  /// names mean something else than here (a container numbers its own): then too, where it was
  /// seen counts.
  const std::vector<char>& choose(std::span<const GpuReading> readings,
                                  const std::optional<GpuEnvironment>& environment,
                                  std::span<const std::int32_t> run_pids);

 private:
  void remember_seen(std::span<const GpuReading> readings, std::span<const std::int32_t> run_pids);
  std::vector<std::string> seen_ids_{};
  std::vector<char> seen_{};
  std::vector<char> of_run_{};
};

}  // namespace tidemark
