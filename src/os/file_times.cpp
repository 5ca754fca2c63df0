#include "os/file_times.h"

#include <chrono>
#include <system_error>

namespace tidemark {

std::optional<double> modified_at(const std::filesystem::path& file) {
  std::error_code failed;
  const auto at = std::filesystem::last_write_time(file, failed);
  if (failed) return std::nullopt;
  const auto unix_time = std::chrono::file_clock::to_sys(at).time_since_epoch();
  return std::chrono::duration<double>(unix_time).count();
}

}  // namespace tidemark
