#include "cli/process_words.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tidemark {
namespace {

// A file that is appended to may hold the output of runs before.
bool appends(const HostRoot& host, pid_t pid, const std::string& stream) {
  const auto text = host.read("proc/" + std::to_string(pid) + "/fdinfo/" + stream);
  const auto at = text ? text->find("flags:") : std::string::npos;
  if (at == std::string::npos) return true;
  return (std::strtol(text->c_str() + at + 6, nullptr, 8) & O_APPEND) != 0;
}

}  // namespace

std::vector<std::string> command_line(const HostRoot& host, pid_t pid) {
  const auto text = host.read("proc/" + std::to_string(pid) + "/cmdline");
  std::vector<std::string> words;
  if (!text) return words;
  for (std::size_t at = 0; at < text->size();) {
    const auto end = std::min(text->find('\0', at), text->size());
    words.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::vector<OutputSource> output_files(const HostRoot& host, pid_t pid) {
  std::vector<OutputSource> files;
  for (const char* stream : {"1", "2"}) {
    const auto link = host.read_link("proc/" + std::to_string(pid) + "/fd/" + stream);
    struct stat info{};
    if (!link || ::stat(link->c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const bool known =
        std::ranges::any_of(files, [&link](const auto& file) { return file.file == *link; });
    if (known) continue;
    OutputSource source{.file = *link, .file_offset = info.st_size};
    if (!appends(host, pid, stream)) source.earlier_offset = 0;
    files.push_back(std::move(source));
  }
  return files;
}

}  // namespace tidemark
