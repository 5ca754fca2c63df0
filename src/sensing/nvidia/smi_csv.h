// What nvidia-smi writes with --format=csv,noheader,nounits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// One field: a number, or the bracketed word that stands for it ("[N/A]", "[Not Supported]",
/// "[Unknown Error]").
struct SmiValue {
  std::optional<std::uint64_t> number{};
  std::string_view why{};  // without a number: the word, brackets off
};

/// Also takes a number with its unit ("24564 MiB", "35 %").
SmiValue parse_smi_value(std::string_view field);

struct SmiGpu {
  std::string_view uuid{};
  std::string_view bus_id{};
  std::int32_t index = 0;
  SmiValue used_mib{};
  SmiValue total_mib{};
  SmiValue reserved_mib{};
  SmiValue utilization_percent{};
  std::string_view name{};  // last, as it may hold commas
};

/// The fields in the order in which they are asked for; `with_reserved`: whether that one was.
std::string_view smi_gpu_fields(bool with_reserved);
/// Absent for a line that is something else (a warning, half a line).
std::optional<SmiGpu> parse_smi_gpu(std::string_view line, bool with_reserved);

struct SmiProcess {
  std::string_view gpu_uuid{};
  std::int32_t pid = 0;
  SmiValue used_mib{};
};
std::string_view smi_process_fields();
std::optional<SmiProcess> parse_smi_process(std::string_view line);

/// MiB of that field.
std::optional<Bytes> smi_memory(const SmiValue& value);

}  // namespace tidemark
