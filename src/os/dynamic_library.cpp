#include "os/dynamic_library.h"

#include <dlfcn.h>

namespace tidemark {

Result<DynamicLibrary> DynamicLibrary::open(const std::string& name) {
  void* const handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return DynamicLibrary{handle};
  const char* const why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
  return fail(Errc::not_found, why != nullptr ? why : name + ": cannot be loaded");
}

DynamicLibrary::~DynamicLibrary() {
  if (handle_ != nullptr) (void)::dlclose(handle_);
}

void* DynamicLibrary::address(const char* name) const {
  return ::dlsym(handle_, name);
}

}  // namespace tidemark
