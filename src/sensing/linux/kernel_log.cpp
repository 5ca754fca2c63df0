#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/unique_fd.h"
#include "sensing/linux/parsers/oom_kill_lines.h"
#include "sensing/linux/parsers/scan.h"
#include "sensing/sensing.h"

namespace tidemark {

struct KernelLog::State {
  UniqueFd fd{};
  OomKillLines lines{};
};

Result<KernelLog> KernelLog::open(const HostRoot& host) {
  const auto path = host.resolve("dev/kmsg").string();
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!fd) return std::unexpected(system_error(errno, path));
  if (::lseek(fd.get(), 0, SEEK_END) < 0) return std::unexpected(system_error(errno, path));
  return KernelLog{std::make_unique<State>(State{.fd = std::move(fd)})};
}

KernelLog::KernelLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelLog::KernelLog(KernelLog&&) noexcept = default;
KernelLog& KernelLog::operator=(KernelLog&&) noexcept = default;
KernelLog::~KernelLog() = default;

std::vector<OomKill> KernelLog::new_oom_kills() {
  // One read gives one record. A log that grows faster than it is read must not hold the caller.
  constexpr int kMostRecords = 20'000;
  std::array<char, 8192> record{};  // the kernel's own bound (CONSOLE_EXT_LOG_MAX)
  std::vector<OomKill> kills;
  for (int records = 0; records < kMostRecords; ++records) {
    const ssize_t got = ::read(state_->fd.get(), record.data(), record.size());
    if (got < 0 && (errno == EPIPE || errno == EINTR)) continue;  // EPIPE: records were overwritten
    if (got <= 0) break;
    std::string_view text{record.data(), static_cast<std::size_t>(got)};
    while (!text.empty()) {
      const auto message = kernel_message(take_line(text));
      if (!message) continue;
      if (auto kill = state_->lines.take(*message)) kills.push_back(std::move(*kill));
    }
  }
  return kills;
}

}  // namespace tidemark
