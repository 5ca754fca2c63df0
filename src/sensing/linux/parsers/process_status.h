// /proc/PID/status: the kernel's high-water mark and what the resident set is made of.
#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// Each field is absent where the text lacks it (a kernel thread and a zombie have none of them;
/// the three parts of RSS came with Linux 4.5).
struct ProcessStatus {
  std::optional<Bytes> vm_size{};
  std::optional<Bytes> vm_data{};
  std::optional<Bytes> peak_rss{};  // VmHWM
  std::optional<Bytes> rss{};
  std::optional<Bytes> rss_anon{};
  std::optional<Bytes> rss_file{};
  std::optional<Bytes> rss_shmem{};
  std::optional<Bytes> swap{};
};

ProcessStatus parse_process_status(std::string_view text);

}  // namespace tidemark
