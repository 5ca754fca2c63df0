#include "os/process_facts.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace tidemark {
namespace {

std::string folder_of(pid_t pid) {
  return "proc/" + std::to_string(pid) + "/";
}

/// "flags:\t0102001", octal (proc(5), /proc/pid/fdinfo).
bool appends(std::string_view fdinfo) {
  const auto at = fdinfo.find("flags:");
  if (at == std::string_view::npos) return true;
  return (std::strtol(std::string{fdinfo.substr(at + 6)}.c_str(), nullptr, 8) & O_APPEND) != 0;
}

}  // namespace

std::vector<std::string> read_command_words(const HostRoot& host, pid_t pid) {
  const auto text = host.read(folder_of(pid) + "cmdline");
  std::vector<std::string> words;
  if (!text) return words;
  for (std::size_t at = 0; at < text->size();) {
    const auto end = std::min(text->find('\0', at), text->size());
    words.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<std::string> read_working_folder(const HostRoot& host, pid_t pid) {
  const auto folder = host.read_link(folder_of(pid) + "cwd");
  return folder ? std::optional{*folder} : std::nullopt;
}

std::optional<OpenFile> read_open_file(const HostRoot& host, pid_t pid, int fd) {
  const auto number = std::to_string(fd);
  const auto link = host.read_link(folder_of(pid) + "fd/" + number);
  if (!link) return std::nullopt;
  const auto text = host.read(folder_of(pid) + "fdinfo/" + number);
  return OpenFile{.path = *link, .appends = !text || appends(*text)};
}

std::string own_executable() {
  // The real path, not /proc/self/exe: the monitor's name in ps is then "tidemark".
  const auto path = HostRoot{}.read_link("proc/self/exe");
  return path && ::access(path->c_str(), X_OK) == 0 ? *path : "/proc/self/exe";
}

}  // namespace tidemark
