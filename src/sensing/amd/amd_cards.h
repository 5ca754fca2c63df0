// AMD's GPUs by sysfs alone: amdgpu's files under /sys/class/drm, the compute driver's (ROCm) under
// /sys/class/kfd.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/host_root.h"
#include "os/kept_file.h"
#include "sensing/gpu/gpu_reading.h"

namespace tidemark {

class AmdCards {
 public:
  /// Looks for cards; none is a fact, not an error.
  explicit AmdCards(const HostRoot& host);

  /// `run_pids`: the processes whose use is looked up; others' would cost a walk over all of /proc.
  void read(std::span<const std::int32_t> run_pids);

  const std::vector<GpuReading>& readings() const { return readings_; }

 private:
  struct Card {
    std::string folder{};  // "sys/class/drm/card0/device"
    std::optional<KeptFile> vram_used{}, vram_total{}, gtt_used{}, busy{};
    std::optional<std::string> kfd_id{};  // the compute driver's number for it
  };
  void add(const std::string& folder, const std::string& bus_id);
  void read_card(Card& card, GpuReading& reading);
  void read_processes(std::span<const std::int32_t> run_pids);
  bool read_kfd_process(std::int32_t pid);
  void read_drm_clients(std::int32_t pid);
  void find_kfd_ids();

  HostRoot host_;
  std::vector<Card> cards_{};  // parallel to readings_
  std::vector<GpuReading> readings_{};
};

/// What sysfs tells of the card's memory.
struct AmdMemoryKind {
  MemoryDomain domain = MemoryDomain::unknown;
  const char* evidence = "";
};
AmdMemoryKind detect_amd_memory(const HostRoot& host, const std::string& folder);

}  // namespace tidemark
