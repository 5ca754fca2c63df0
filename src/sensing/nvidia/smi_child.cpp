#include "sensing/nvidia/smi_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include "os/descriptors.h"
#include "os/host_root.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration)

namespace tidemark {
namespace {

constexpr std::size_t kLongestLine = 4096;

// Owns what posix_spawn is told.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawnattr_init(&attributes_);
    // Ignored signals and masks are inherited: with SIGPIPE ignored, as here, it would outlive us.
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> start(const std::string& program, std::span<const std::string> arguments) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const int error =
        ::posix_spawnp(&pid, program.c_str(), &actions_, &attributes_, words.data(), environ);
    if (error != 0) return std::unexpected(system_error(error, program));
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<SmiChild> SmiChild::start(const std::string& program,
                                 std::span<const std::string> arguments) {
  auto pipe = open_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  set_non_blocking(pipe->read_end.get());
  const auto pid = SpawnPlan{pipe->write_end.get()}.start(program, arguments);
  if (!pid) return std::unexpected(pid.error());
  return SmiChild{*pid, std::move(pipe->read_end)};
}

SmiChild::SmiChild(SmiChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      partial_(std::move(other.partial_)),
      skipping_(other.skipping_) {}

// Asked first, so that it can let go of the driver; one that hangs in the driver cannot be ended at
// all and is left to whoever adopts it.
SmiChild::~SmiChild() {
  if (pid_ <= 0) return;
  output_.reset();
  for (const int signal : {SIGTERM, SIGKILL}) {
    ::kill(pid_, signal);
    for (int tries = 0; tries < 20; ++tries) {
      if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }
}

bool SmiChild::take_lines(const std::function<void(std::string_view)>& take) {
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t got = ::read(output_.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    std::string_view rest{piece.data(), static_cast<std::size_t>(got)};
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      partial_ += rest.substr(0, end);
      if (!std::exchange(skipping_, false)) take(partial_);
      partial_.clear();
      rest.remove_prefix(end + 1);
    }
    partial_ += rest;
    if (partial_.size() > kLongestLine) {
      skipping_ = true;
      partial_.clear();
    }
  }
}

void SmiChild::wait_for_output(std::chrono::milliseconds at_most) const {
  pollfd wait{.fd = output_.get(), .events = POLLIN, .revents = 0};
  (void)::poll(&wait, 1, static_cast<int>(at_most.count()));
}

}  // namespace tidemark
