#include "sensing/amd/amd_files.h"

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::optional<Bytes> parse_size(std::string_view text) {
  const auto count = parse_count(take_word(text));
  if (!count) return std::nullopt;
  const auto unit = take_word(text);
  if (unit.empty()) return bytes_of(*count);
  if (unit == "KiB") return bytes_of(*count, kBytesPerKib);
  if (unit == "MiB") return bytes_of(*count, kBytesPerMib);
  return std::nullopt;
}

}  // namespace

std::optional<Bytes> parse_byte_count(std::string_view text) {
  const auto count = parse_count(take_word(text));
  return count ? bytes_of(*count) : std::nullopt;
}

std::optional<double> parse_busy_percent(std::string_view text) {
  const auto percent = parse_count(take_word(text));
  if (!percent || *percent > 100) return std::nullopt;
  return static_cast<double>(*percent) / 100.0;
}

std::optional<GpuMetricsRevision> parse_gpu_metrics_revision(std::string_view bytes) {
  constexpr std::size_t kHeaderBytes = 4;  // size (two bytes), format, content
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  return GpuMetricsRevision{.format = static_cast<std::uint8_t>(bytes[2]),
                            .content = static_cast<std::uint8_t>(bytes[3])};
}

std::optional<DrmClient> parse_drm_client(std::string_view fdinfo) {
  DrmClient client;
  bool is_amdgpu = false;
  std::optional<std::uint64_t> number;
  std::optional<Bytes> vram;
  std::optional<Bytes> gtt;
  while (!fdinfo.empty()) {
    auto [key, value] = split_keyed_line(take_line(fdinfo));
    if (key == "drm-driver") is_amdgpu = take_word(value) == "amdgpu";
    if (key == "drm-client-id") number = parse_count(take_word(value));
    if (key == "drm-pdev") client.bus_id = take_word(value);
    // drm-resident- is the documented key; drm-memory- is amdgpu's older name for the same.
    if (key == "drm-resident-vram" || (key == "drm-memory-vram" && !vram)) vram = parse_size(value);
    if (key == "drm-resident-gtt" || (key == "drm-memory-gtt" && !gtt)) gtt = parse_size(value);
  }
  if (!is_amdgpu || !number || !vram || client.bus_id.empty()) return std::nullopt;
  client.client = *number;
  client.vram = *vram;
  client.gtt = gtt.value_or(Bytes{});
  return client;
}

}  // namespace tidemark
