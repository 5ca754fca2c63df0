// The texts of amdgpu's and the kernel compute driver's files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// mem_info_*: one decimal count of bytes.
std::optional<Bytes> parse_byte_count(std::string_view text);

/// gpu_busy_percent: 0..100.
std::optional<double> parse_busy_percent(std::string_view text);

/// The first bytes of gpu_metrics (binary): its layout's revision, which is of another family on an
/// APU (2 and 3) than on a card (1).
struct GpuMetricsRevision {
  std::uint8_t format = 0;
  std::uint8_t content = 0;
};
std::optional<GpuMetricsRevision> parse_gpu_metrics_revision(std::string_view bytes);

/// What one /proc/PID/fdinfo/FD says of a DRM client (Documentation/gpu/drm-usage-stats.rst).
/// Several descriptors of one client repeat the same figures.
struct DrmClient {
  std::string bus_id{};
  std::uint64_t client = 0;
  Bytes vram{};
  Bytes gtt{};
};
/// Absent when the descriptor is no amdgpu client, or the kernel does not say its memory.
std::optional<DrmClient> parse_drm_client(std::string_view fdinfo);

}  // namespace tidemark
