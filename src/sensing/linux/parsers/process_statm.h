// /proc/PID/statm (proc(5)): the cheapest file that tells what a process has resident.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

struct ProcessStatm {
  Bytes resident{};
  Bytes shared{};  // resident pages of files and of shared memory

  /// Resident anonymous pages.
  Bytes anon() const { return resident > shared ? resident - shared : Bytes{}; }
};

/// `page_bytes`: as sysconf(_SC_PAGESIZE) has it. Absent: not such a file, or out of range.
std::optional<ProcessStatm> parse_process_statm(std::string_view text, std::int64_t page_bytes);

}  // namespace tidemark
