// Drives the stand-in for libnvidia-ml.so from a test: FakeNvml{"rtx4090"}. The library stays
// loaded as long as this object.
#pragma once

#include <string>

#include "core/check.h"
#include "os/dynamic_library.h"

namespace tidemark {

/// A thread sanitizer has one of its own from the first thread on: one is made before the first
/// count.
inline std::ptrdiff_t threads_of_this_process() {
  static const bool begun = [] {
    std::thread{[] {}}.join();
    std::this_thread::sleep_for(
        std::chrono::milliseconds{50});  // until the kernel has let go of it
    return true;
  }();
  (void)begun;
  return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
}

class FakeNvml {
 public:
  explicit FakeNvml(const char* scenario, std::string path = TIDEMARK_FAKE_NVML)
      : path_(std::move(path)), library_(DynamicLibrary::open(path_).value()) {
    const auto play = library_.function<bool (*)(const char*)>("fake_nvml_play");
    check(play(scenario), "the stand-in knows the scenario");
  }
  FakeNvml(const FakeNvml&) = delete;
  FakeNvml& operator=(const FakeNvml&) = delete;
  /// Lets go of threads that hang in it, and waits until they have ended: the next test's machine
  /// is not to change under them.
  ~FakeNvml() {
    for (const auto* const trouble : {"fails", "lost", "hangs"}) set(trouble, false);
    for (int tries = 0; tries < 2000 && threads_of_this_process() > threads_before_; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    (void)calls();  // so that a thread sanitizer knows it too: they were not joined
  }

  const std::string& path() const { return path_; }
  void set(const char* what, bool on) const {
    library_.function<void (*)(const char*, bool)>("fake_nvml_set")(what, on);
  }
  int calls() const { return library_.function<int (*)()>("fake_nvml_calls")(); }
  int refused() const { return library_.function<int (*)()>("fake_nvml_refused")(); }

 private:
  std::string path_;
  DynamicLibrary library_;
  std::ptrdiff_t threads_before_ = threads_of_this_process();
};

}  // namespace tidemark
