#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "journal/journal.h"
#include "journal/journal_file.h"
#include "journal/lane_owner.h"
#include "journal/private_folder.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

// A file that its maker did not live to name occupies memory and holds nothing. Its maker locks it
// before it does anything else with it; the name could be seen a moment earlier, when it is still
// empty.
void remove_if_abandoned(int folder, const std::string& name) {
  const UniqueFd fd{::openat(folder, name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  struct stat found{};
  if (!fd || ::fstat(fd.get(), &found) != 0 || found.st_size == 0) return;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(folder, name.c_str(), 0);
}

std::optional<OrphanedJournal> look_at(const std::filesystem::path& path, const HostRoot& host) {
  auto reader = JournalReader::open(path);
  if (!reader) {
    const auto code = reader.error().code;
    if (code == Errc::busy || code == Errc::not_found)
      return std::nullopt;  // drained, or just gone
    return OrphanedJournal{.path = path, .problem = reader.error().message};
  }
  const auto& info = reader->info();
  return OrphanedJournal{.path = path,
                         .info = info,
                         .label = reader->label(),
                         .root_alive = runs_on(info.root, info.boot_id, host)};
}

bool is_held(const std::filesystem::path& path, ProcessIdentity root) {
  auto fd = open_private_file(path);
  if (!fd) return false;
  const int lock = fd->get();  // open for as long as `file` is
  const auto file = JournalFile::open(*std::move(fd), path.string());
  return file && file->info().root == root && ::flock(lock, LOCK_EX | LOCK_NB) != 0 &&
         errno == EWOULDBLOCK;
}

}  // namespace

bool journal_is_held(const std::filesystem::path& folder, ProcessIdentity root) {
  const auto fd = open_private_folder(folder, false);
  const auto names = fd ? HostRoot{folder}.list("") : std::unexpected(fd.error());
  return names && std::ranges::any_of(*names, [&](const std::string& name) {
           return name.ends_with(".journal") && is_held(folder / name, root);
         });
}

Result<std::vector<OrphanedJournal>> find_orphaned_journals(const std::filesystem::path& folder,
                                                            const HostRoot& host) {
  const auto fd = open_private_folder(folder, false);
  if (!fd && fd.error().code == Errc::not_found) return std::vector<OrphanedJournal>{};
  if (!fd) return std::unexpected(fd.error());
  auto names = HostRoot{folder}.list("");
  if (!names) return std::unexpected(names.error());
  std::ranges::sort(*names);
  std::vector<OrphanedJournal> orphans;
  for (const auto& name : *names) {
    if (name.ends_with(".journal.new")) remove_if_abandoned(fd->get(), name);
    if (!name.ends_with(".journal")) continue;
    if (auto orphan = look_at(folder / name, host)) orphans.push_back(*std::move(orphan));
  }
  return orphans;
}

}  // namespace tidemark
