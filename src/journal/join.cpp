#include "journal/join.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <tuple>

#include "journal/layout.h"
#include "journal/platform.h"
#include "journal/private_folder.h"

namespace tidemark {
namespace {

/// "pid:start_ticks"; false when it is anything else.
bool parse_root(const char* text, ProcessIdentity& root) {
  const char* const end = text + std::strlen(text);
  const auto pid = std::from_chars(text, end, root.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != ':') return false;
  const auto ticks = std::from_chars(pid.ptr + 1, end, root.start_ticks);
  return ticks.ec == std::errc{} && ticks.ptr == end && root.pid > 0;
}

/// The root of a journal that takes records: of this boot, and not closed.
std::optional<ProcessIdentity> root_of_open_journal(int fd) {
  tidemark_identity copy{};
  std::uint8_t closed = 1;
  if (::pread(fd, &copy, sizeof copy, 0) != static_cast<ssize_t>(sizeof copy) ||
      ::pread(fd, &closed, 1, tidemark_control_offset) != 1)
    return std::nullopt;
  const bool of_this_boot =
      std::strncmp(copy.boot_id, own_boot_id().text, sizeof copy.boot_id) == 0;
  if (judge_identity(copy) != IdentityVerdict::valid || !of_this_boot || closed != 0)
    return std::nullopt;
  return ProcessIdentity{copy.root_pid, copy.root_start_ticks};
}

// Looked up in proc(5)'s list of locks: trying the lock would, for an instant, turn away the
// monitor that takes it. Where there is no such list no journal is preferred.
bool is_drained(int fd, const std::string& locks) {
  struct stat found{};
  if (::fstat(fd, &found) != 0) return false;
  const auto device = device_numbers(found.st_dev);
  std::array<char, 64> file{};
  std::snprintf(file.data(), file.size(), " %02x:%02x:%lu ", device.major_number,
                device.minor_number, static_cast<unsigned long>(found.st_ino));
  for (auto at = locks.find(file.data()); at != std::string::npos;
       at = locks.find(file.data(), at + 1)) {
    const auto line = locks.rfind('\n', at) + 1;  // npos + 1 is the first line
    if (locks.find("FLOCK", line) < at) return true;
  }
  return false;
}

struct Candidate {
  bool drained = false;
  int generations = 0;
  std::filesystem::path path{};

  /// Smaller is better.
  auto rank() const { return std::tuple{!drained, generations, path}; }
};

std::optional<Candidate> look_at(const std::filesystem::path& path, const std::string& locks) {
  const auto fd = open_private_file(path);
  if (!fd) return std::nullopt;
  const auto root = root_of_open_journal(fd->get());
  if (!root || root->pid <= 0) return std::nullopt;
  const int generations = generations_to(*root);
  if (generations < 0) return std::nullopt;
  return Candidate{is_drained(fd->get(), locks), generations, path};
}

std::vector<std::filesystem::path> journals_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  if (!open_private_folder(folder, false)) return found;
  const auto names = HostRoot{folder}.list("");
  if (!names) return found;
  for (const auto& name : *names)
    if (name.ends_with(".journal") && !name.starts_with('.')) found.push_back(folder / name);
  return found;
}

std::optional<std::filesystem::path> find_journal() {
  const auto environment = JoinEnvironment::of_this_process();
  if (environment.is_ours() && environment.journal != nullptr &&
      open_private_file(environment.journal))
    return environment.journal;
  const char* const database = std::getenv("TIDEMARK_DB");  // NOLINT(concurrency-mt-unsafe)
  return find_journal_of_our_tree(
      JournalPlaces::from_environment(database != nullptr ? database : "").folders());
}

}  // namespace

JoinEnvironment JoinEnvironment::of_this_process() {
  return {std::getenv("TIDEMARK_JOURNAL"), std::getenv("TIDEMARK_RUN_ROOT")};
}

bool JoinEnvironment::is_ours() const {
  ProcessIdentity root;
  return run_root != nullptr && parse_root(run_root, root) && descends_from(root);
}

std::optional<std::filesystem::path> find_journal_of_our_tree(
    const std::vector<std::filesystem::path>& folders) {
  const auto locks = HostRoot{}.read("proc/locks").value_or("");
  std::optional<Candidate> best;
  for (const auto& folder : folders)
    for (const auto& path : journals_in(folder))
      if (auto found = look_at(path, locks); found && (!best || found->rank() < best->rank()))
        best = std::move(found);
  return best ? std::optional{best->path} : std::nullopt;
}

}  // namespace tidemark

tidemark_status tidemark_journal_find(char* path, size_t path_size) {
  using namespace tidemark;
  try {  // the standard library's, when memory is out: nothing may reach a C caller
    const auto found = find_journal();
    if (!found)
      return JoinEnvironment::of_this_process().is_ours() ? tidemark_not_yet : tidemark_not_found;
    if (found->native().size() >= path_size) return tidemark_no_memory;
    std::memcpy(path, found->c_str(), found->native().size() + 1);
    return tidemark_ok;
  } catch (const std::exception&) {
    return tidemark_no_memory;
  }
}

tidemark_journal* tidemark_journal_join(tidemark_status* status) {
  std::array<char, 4096> path{};
  const auto found = tidemark_journal_find(path.data(), path.size());
  if (status != nullptr) *status = found;
  return found == tidemark_ok ? tidemark_journal_open(path.data(), status) : nullptr;
}
