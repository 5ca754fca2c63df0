#include "launcher/command_lookup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tidemark {
namespace {

/// 0, or why exec would fail.
int obstacle_to_exec(const std::string& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) return errno;
  if (!S_ISREG(facts.st_mode)) return EACCES;
  return ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace

Error exec_error(int error_number, const std::string& command) {
  if (error_number == ENOENT || error_number == ENOTDIR) {
    if (command.find('/') == std::string::npos)
      return {Errc::not_found, command + ": command not found"};
    return {Errc::not_found, command + ": " + std::strerror(error_number)};
  }
  return {Errc::permission, command + ": " + std::strerror(error_number)};
}

Result<void> find_command(const std::string& command, std::string_view path_variable) {
  int worst = ENOENT;
  if (command.find('/') != std::string::npos) {
    worst = obstacle_to_exec(command);
    if (worst == 0) return {};
    return std::unexpected(exec_error(worst, command));
  }
  for (std::size_t begin = 0; !command.empty() && begin <= path_variable.size();) {
    const auto end = std::min(path_variable.find(':', begin), path_variable.size());
    const std::string folder{path_variable.substr(begin, end - begin)};
    // An empty element of PATH is the current folder (environ(7)).
    const int obstacle = obstacle_to_exec(folder.empty() ? command : folder + "/" + command);
    if (obstacle == 0) return {};
    if (obstacle == EACCES) worst = EACCES;
    begin = end + 1;
  }
  return std::unexpected(exec_error(worst, command));
}

}  // namespace tidemark
