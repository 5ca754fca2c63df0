#include "sensing/linux/shm_reader.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::optional<ShmSample> read_tmpfs(const std::string& path) {
  struct statfs status{};
  if (::statfs(path.c_str(), &status) != 0) return std::nullopt;
  errno = 0;
  if (status.f_type != TMPFS_MAGIC) return std::nullopt;
  const auto block = static_cast<std::int64_t>(status.f_bsize);
  const auto total = bytes_of(status.f_blocks, block);
  const auto free = bytes_of(status.f_bfree, block);
  if (!total || !free) return std::nullopt;
  return ShmSample{.total = *total, .used = *total - *free};
}

bool same_file_system(const std::string& a, const std::string& b) {
  struct stat of_a{};
  struct stat of_b{};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev;
}

}  // namespace

ShmReader::ShmReader(const HostRoot& host, std::int32_t pid)
    : trainer_path_(host.resolve("proc/" + std::to_string(pid) + "/root/dev/shm").string()),
      own_path_(host.resolve("dev/shm").string()),
      same_(same_file_system(trainer_path_, own_path_)) {}

std::optional<ShmSample> ShmReader::read() {
  if (auto sample = read_tmpfs(trainer_path_)) return sample;
  const bool may_not_look = errno == EACCES || errno == EPERM;
  return same_ || may_not_look ? read_tmpfs(own_path_) : std::nullopt;
}

}  // namespace tidemark
