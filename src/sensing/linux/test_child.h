// For tests: real processes to look at, gone with the object.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "core/check.h"

namespace tidemark {

/// A forked child that runs `body(ready)`; the constructor returns once it has called `ready()` (or
/// ended). The child and all its descendants are a process group of their own.
class TestChild {
 public:
  template <class Body>
  explicit TestChild(Body body) {
    int pipe_ends[2]{};
    check(::pipe(pipe_ends) == 0, "a pipe can be made");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(pipe_ends[0]);
      body([fd = pipe_ends[1]] {
        const char byte = 1;
        (void)!::write(fd, &byte, 1);
        ::close(fd);
      });
      ::_exit(0);
    }
    check(pid_ > 0, "a process can be forked");
    ::close(pipe_ends[1]);
    char byte = 0;
    (void)!::read(pipe_ends[0], &byte, 1);
    ::close(pipe_ends[0]);
  }
  TestChild(const TestChild&) = delete;
  TestChild& operator=(const TestChild&) = delete;
  ~TestChild() { end(); }

  pid_t pid() const { return pid_; }

  /// Kills and reaps it with all descendants; its wait status.
  int end() {
    if (pid_ <= 0) return status_;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    return reap();
  }

  int reap() {
    ::waitpid(std::exchange(pid_, -1), &status_, 0);
    return status_;
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
};

/// Lets a child go on at the test's word.
class Signal {
 public:
  Signal() { check(::pipe(ends_) == 0, "a pipe can be made"); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void give() const { (void)!::write(ends_[1], "x", 1); }
  void wait() const {
    char byte = 0;
    (void)!::read(ends_[0], &byte, 1);
  }

 private:
  int ends_[2]{};
};

[[noreturn]] inline void wait_for_ever() {
  while (true) ::pause();
}

/// Anonymous memory, every page there. Unseen by the thread sanitizer, whose notes on each store
/// would double it.
[[gnu::no_sanitize("thread")]] inline void filled_pages(std::size_t bytes) {
  void* const pages =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(pages != MAP_FAILED, "memory can be mapped");
  // By hand: MAP_POPULATE is a wish, which user-mode emulation does not pass on.
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t at = 0; at < bytes; at += page_bytes) static_cast<volatile char*>(pages)[at] = 1;
}

/// Asks again every few milliseconds, for at most ten seconds.
template <class Condition>
bool becomes_true(Condition condition) {
  for (int tries = 0; tries < 2000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

/// A cgroup v1 memory cgroup of the test's own, where root can make one.
class TestCgroup {
 public:
  explicit TestCgroup(const std::string& below = "")
      : folder_(std::filesystem::path{"/sys/fs/cgroup/memory"} / below /
                ("tidemark_test_" + std::to_string(::getpid()))) {
    std::error_code error;
    made_ = std::filesystem::exists("/sys/fs/cgroup/memory/memory.usage_in_bytes") &&
            std::filesystem::create_directory(folder_, error) && !error;
  }
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;
  ~TestCgroup() { remove(); }

  /// It can go once its last process is reaped; the kernel needs a moment for that.
  bool remove() {
    if (!made_) return false;
    made_ = !becomes_true([this] { return ::rmdir(folder_.c_str()) == 0; });
    return !made_;
  }

  bool made() const { return made_; }
  std::string name() const {
    return "/" + folder_.lexically_relative("/sys/fs/cgroup/memory").string();
  }
  bool write(const std::string& file, const std::string& text) const {
    std::ofstream out{folder_ / file};
    out << text << std::flush;
    return out.good();
  }
  bool add(pid_t pid) const { return write("cgroup.procs", std::to_string(pid)); }

 private:
  std::filesystem::path folder_;
  bool made_ = false;
};

}  // namespace tidemark
