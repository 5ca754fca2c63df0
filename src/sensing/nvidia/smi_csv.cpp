#include "sensing/nvidia/smi_csv.h"

#include <charconv>
#include <limits>

#include "core/text.h"

namespace tidemark {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// Cuts the first field off `rest`; absent when there is none.
std::optional<std::string_view> take_field(std::optional<std::string_view>& rest) {
  if (!rest) return std::nullopt;
  const auto comma = rest->find(',');
  const auto field = trimmed(rest->substr(0, comma), kBlanks);
  if (comma == std::string_view::npos)
    rest.reset();
  else
    rest->remove_prefix(comma + 1);
  return field;
}

SmiValue take_value(std::optional<std::string_view>& rest) {
  const auto field = take_field(rest);
  return field ? parse_smi_value(*field) : SmiValue{.why = "not written"};
}

std::optional<std::int32_t> small_number(const SmiValue& value) {
  if (!value.number || *value.number > std::numeric_limits<std::int32_t>::max())
    return std::nullopt;
  return static_cast<std::int32_t>(*value.number);
}

}  // namespace

SmiValue parse_smi_value(std::string_view field) {
  field = trimmed(field, kBlanks);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  const auto unit = trimmed({end, static_cast<std::size_t>(field.data() + field.size() - end)});
  if (error == std::errc{} && (unit.empty() || unit == "MiB" || unit == "%"))
    return {.number = number};
  if (field.size() >= 2 && field.front() == '[' && field.back() == ']')
    field = field.substr(1, field.size() - 2);
  return {.why = field.empty() ? "empty" : field};
}

std::string_view smi_gpu_fields(bool with_reserved) {
  return with_reserved ? "uuid,pci.bus_id,index,memory.used,memory.total,memory.reserved,"
                         "utilization.gpu,name"
                       : "uuid,pci.bus_id,index,memory.used,memory.total,utilization.gpu,name";
}

std::optional<SmiGpu> parse_smi_gpu(std::string_view line, bool with_reserved) {
  std::optional<std::string_view> rest = line;
  SmiGpu gpu;
  gpu.uuid = take_field(rest).value_or("");
  gpu.bus_id = take_field(rest).value_or("");
  const auto index = small_number(take_value(rest));
  gpu.used_mib = take_value(rest);
  gpu.total_mib = take_value(rest);
  if (with_reserved) gpu.reserved_mib = take_value(rest);
  gpu.utilization_percent = take_value(rest);
  if (!gpu.uuid.starts_with("GPU-") || !index || !rest) return std::nullopt;
  gpu.index = *index;
  gpu.name = trimmed(*rest, kBlanks);
  return gpu;
}

std::string_view smi_process_fields() {
  return "gpu_uuid,pid,used_memory";
}

std::optional<SmiProcess> parse_smi_process(std::string_view line) {
  std::optional<std::string_view> rest = line;
  SmiProcess process;
  process.gpu_uuid = take_field(rest).value_or("");
  const auto pid = small_number(take_value(rest));
  if (!rest) return std::nullopt;
  process.used_mib = take_value(rest);
  if (rest || !process.gpu_uuid.starts_with("GPU-") || !pid || *pid == 0) return std::nullopt;
  process.pid = *pid;
  return process;
}

std::optional<Bytes> smi_memory(const SmiValue& value) {
  constexpr std::uint64_t kMostMib = std::uint64_t{1} << 40;
  if (!value.number || *value.number >= kMostMib) return std::nullopt;
  return mib(static_cast<std::int64_t>(*value.number));
}

}  // namespace tidemark
