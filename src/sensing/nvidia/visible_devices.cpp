#include "sensing/nvidia/visible_devices.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/text.h"

namespace tidemark {
namespace {

constexpr std::array<std::pair<std::string_view, std::optional<std::string> GpuEnvironment::*>, 4>
    kVariables{{
        {"CUDA_VISIBLE_DEVICES=", &GpuEnvironment::cuda_visible_devices},
        {"CUDA_DEVICE_ORDER=", &GpuEnvironment::cuda_device_order},
        {"HIP_VISIBLE_DEVICES=", &GpuEnvironment::hip_visible_devices},
        {"ROCR_VISIBLE_DEVICES=", &GpuEnvironment::rocr_visible_devices},
    }};

std::optional<std::size_t> position_of(std::string_view entry) {
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), position);
  if (error != std::errc{} || end != entry.data() + entry.size()) return std::nullopt;
  return position;
}

// CUDA's devices in the order of their PCI addresses: a GPU, or the first MIG slice of one that is
// divided (CUDA shows one slice of it at most).
std::vector<std::size_t> in_bus_order(std::span<const GpuReading> readings, GpuVendor vendor) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (readings[i].vendor != vendor) continue;
    const bool later_slice = std::ranges::any_of(order, [&](std::size_t known) {
      return readings[i].is_mig && readings[known].index == readings[i].index;
    });
    if (!later_slice) order.push_back(i);
  }
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) -> const std::string& { return readings[i].bus_id; });
  return order;
}

bool are_alike(std::span<const GpuReading> readings, std::span<const std::size_t> order) {
  return std::ranges::all_of(order, [&](std::size_t i) {
    return readings[i].name == readings[order.front()].name &&
           readings[i].total == readings[order.front()].total;
  });
}

// "GPU-8932f937" may be cut short as long as it is unique.
std::optional<std::size_t> find_uuid(std::string_view entry, std::span<const GpuReading> readings,
                                     GpuVendor vendor) {
  if (!entry.starts_with("GPU-") && !entry.starts_with("MIG-")) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (readings[i].vendor != vendor || !readings[i].id.starts_with(entry)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace

GpuEnvironment parse_gpu_environment(std::string_view environ) {
  GpuEnvironment found;
  while (!environ.empty()) {
    const auto end = environ.find('\0');
    const auto entry = environ.substr(0, end);
    environ.remove_prefix(end == std::string_view::npos ? environ.size() : end + 1);
    for (const auto& [name, member] : kVariables)
      if (entry.starts_with(name) && !(found.*member)) found.*member = entry.substr(name.size());
  }
  return found;
}

bool mark_visible(const VisibleDevices& named, std::span<const GpuReading> readings,
                  std::vector<char>& visible) {
  const auto order = in_bus_order(readings, named.vendor);
  const bool order_is_known = named.in_bus_order || are_alike(readings, order);
  std::vector<char> marks(readings.size(), 0);
  for (std::string_view rest = named.value; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto entry = trimmed(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    auto device = find_uuid(entry, readings, named.vendor);
    if (const auto position = position_of(entry)) {
      if (!order_is_known) return false;
      if (*position < order.size()) device = order[*position];
    }
    if (!device) break;
    marks[*device] = 1;
  }
  for (std::size_t i = 0; i < readings.size(); ++i)
    if (readings[i].vendor == named.vendor) visible[i] = marks[i];
  return true;
}

}  // namespace tidemark
