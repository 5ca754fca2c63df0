#include "cli/own_executable.h"

#include <unistd.h>

#include "os/host_root.h"

namespace tidemark {

std::string own_executable() {
  const auto path = HostRoot{}.read_link("proc/self/exe");
  return path && ::access(path->c_str(), X_OK) == 0 ? *path : "/proc/self/exe";
}

}  // namespace tidemark
