#include "os/process_facts.h"

#include <fcntl.h>
#include <libproc.h>
#include <sys/proc_info.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace tidemark {
namespace {

constexpr std::size_t kMostArgumentBytes = 1U << 20;  // kern.argmax

std::string text_in(const char* field, std::size_t size) {
  return {field, ::strnlen(field, size)};
}

/// KERN_PROCARGS2 of sysctl(3): the number of arguments, the program's path, zeros, then the
/// arguments, each ended by a zero; the environment after them is none of ours.
std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> words;
  std::int32_t count = 0;
  if (text.size() <= sizeof count) return words;
  std::memcpy(&count, text.data(), sizeof count);
  text.remove_prefix(sizeof count);
  text.remove_prefix(std::min(text.find('\0'), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
  for (; count > 0 && !text.empty(); --count) {
    words.emplace_back(text.substr(0, text.find('\0')));
    text.remove_prefix(std::min(words.back().size() + 1, text.size()));
  }
  return words;
}

}  // namespace

std::vector<std::string> read_command_words(const HostRoot&, pid_t pid) {
  std::string text(kMostArgumentBytes, '\0');
  std::array<int, 3> name{CTL_KERN, KERN_PROCARGS2, pid};
  std::size_t size = text.size();
  if (::sysctl(name.data(), static_cast<u_int>(name.size()), text.data(), &size, nullptr, 0) != 0)
    return {};
  return split_arguments(std::string_view{text}.substr(0, size));
}

std::optional<std::string> read_working_folder(const HostRoot&, pid_t pid) {
  proc_vnodepathinfo info{};
  const int got =
      ::proc_pidinfo(pid, PROC_PIDVNODEPATHINFO, 0, &info, static_cast<int>(sizeof info));
  if (got != static_cast<int>(sizeof info)) return std::nullopt;
  return text_in(info.pvi_cdir.vip_path, sizeof info.pvi_cdir.vip_path);
}

std::optional<OpenFile> read_open_file(const HostRoot&, pid_t pid, int fd) {
  vnode_fdinfowithpath info{};
  const int got =
      ::proc_pidfdinfo(pid, fd, PROC_PIDFDVNODEPATHINFO, &info, static_cast<int>(sizeof info));
  if (got != static_cast<int>(sizeof info)) return std::nullopt;
  return OpenFile{.path = text_in(info.pvip.vip_path, sizeof info.pvip.vip_path),
                  .appends = (info.pfi.fi_openflags & O_APPEND) != 0};
}

std::string own_executable() {
  std::array<char, PROC_PIDPATHINFO_MAXSIZE> path{};
  const int length =
      ::proc_pidpath(::getpid(), path.data(), static_cast<std::uint32_t>(path.size()));
  return length > 0 ? std::string{path.data(), static_cast<std::size_t>(length)} : "tidemark";
}

}  // namespace tidemark
