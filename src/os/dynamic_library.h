// Owns a shared library that is loaded while the program runs.
#pragma once

#include <string>
#include <utility>

#include "core/result.h"

namespace tidemark {

class DynamicLibrary {
 public:
  /// By path, or by name as the loader searches it. `not_found` with the loader's words.
  static Result<DynamicLibrary> open(const std::string& name);
  DynamicLibrary(DynamicLibrary&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  DynamicLibrary& operator=(DynamicLibrary&&) = delete;
  DynamicLibrary(const DynamicLibrary&) = delete;
  DynamicLibrary& operator=(const DynamicLibrary&) = delete;
  ~DynamicLibrary();

  /// The function of that name, null where the library has none. The caller vouches for its type.
  template <class Function>
  Function function(const char* name) const {
    return reinterpret_cast<Function>(address(name));
  }

 private:
  explicit DynamicLibrary(void* handle) : handle_(handle) {}
  void* address(const char* name) const;
  void* handle_ = nullptr;
};

}  // namespace tidemark
