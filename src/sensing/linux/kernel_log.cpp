#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/utf8.h"
#include "os/unique_fd.h"
#include "sensing/linux/parsers/gpu_error_line.h"
#include "sensing/linux/parsers/oom_daemon_line.h"
#include "sensing/linux/parsers/oom_kill_lines.h"
#include "sensing/sensing.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

// A device that fails floods the log; its first words tell.
constexpr std::size_t kMostGpuErrors = 8;
constexpr std::size_t kMostErrorBytes = 300;

}  // namespace

struct KernelLog::State {
  void take(std::string_view record, KernelLogNews& news);

  UniqueFd fd{};
  OomKillLines lines{::sysconf(_SC_PAGESIZE)};
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

void KernelLog::State::take(std::string_view record, KernelLogNews& news) {
  if (const auto message = kernel_message(record)) {
    if (auto kill = lines.take(*message, logged_at(record)))
      news.oom_kills.push_back(std::move(*kill));
    if (news.gpu_errors.size() < kMostGpuErrors && is_gpu_error(*message))
      news.gpu_errors.push_back(to_valid_utf8(*message, kMostErrorBytes));
  } else if (const auto words = program_message(record)) {
    if (auto kill = parse_oom_daemon_line(*words)) news.daemon_kills.push_back(std::move(*kill));
  }
}

KernelLogNews KernelLog::take_news() {
  // One read gives one record. A log that grows faster than it is read must not hold the caller.
  constexpr int kMostRecords = 20'000;
  std::array<char, 8192> record{};  // the kernel's own bound (CONSOLE_EXT_LOG_MAX)
  KernelLogNews news;
  for (int records = 0; records < kMostRecords; ++records) {
    const ssize_t got = ::read(state_->fd.get(), record.data(), record.size());
    if (got < 0 && (errno == EPIPE || errno == EINTR)) continue;  // EPIPE: records were overwritten
    if (got <= 0) break;
    std::string_view text{record.data(), static_cast<std::size_t>(got)};
    while (!text.empty()) state_->take(take_line(text), news);
  }
  return news;
}

}  // namespace tidemark
