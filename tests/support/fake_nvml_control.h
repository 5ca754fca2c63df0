// Drives the stand-in for libnvidia-ml.so from a test: FakeNvml{"rtx4090"}. The library stays
// loaded as long as this object.
#pragma once

#include <string>

#include "core/check.h"
#include "os/dynamic_library.h"

namespace tidemark {

class FakeNvml {
 public:
  explicit FakeNvml(const char* scenario, std::string path = TIDEMARK_FAKE_NVML)
      : path_(std::move(path)), library_(DynamicLibrary::open(path_).value()) {
    const auto play = library_.function<bool (*)(const char*)>("fake_nvml_play");
    check(play(scenario), "the stand-in knows the scenario");
  }
  FakeNvml(const FakeNvml&) = delete;
  FakeNvml& operator=(const FakeNvml&) = delete;
  ~FakeNvml() {
    for (const auto* const trouble : {"fails", "lost", "hangs"}) set(trouble, false);
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
};

}  // namespace tidemark
