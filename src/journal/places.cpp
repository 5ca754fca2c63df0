#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "journal/free_space.h"
#include "journal/journal.h"
#include "journal/platform.h"
#include "journal/private_folder.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

struct Candidate {
  std::filesystem::path folder{};
  bool must_be_memory = true;
};

// The runtime folder is the user's already; /dev/shm is everybody's, so the name says whose.
std::vector<Candidate> candidates(const JournalPlaces& places) {
  std::vector<Candidate> found;
  if (!places.runtime_folder.empty()) found.push_back({places.runtime_folder / "tidemark"});
  if (!places.shared_memory.empty())
    found.push_back({places.shared_memory / ("tidemark-" + std::to_string(::geteuid()))});
  if (!places.database.empty()) found.push_back({places.database.string() + ".tidemark", false});
  return found;
}

Result<void> has_room(const std::filesystem::path& where, std::uint64_t bytes) {
  struct statvfs found{};
  if (::statvfs(where.c_str(), &found) != 0)
    return std::unexpected(system_error(errno, where.string()));
  if (enough_free(found, bytes)) return {};
  return fail(Errc::full, where.string() + ": a journal wants " + std::to_string(bytes >> 20) +
                              " MiB free here and there are " +
                              std::to_string(found.f_bavail * found.f_frsize >> 20));
}

Result<void> suits(const Candidate& candidate, std::uint64_t bytes) {
  const auto parent = candidate.folder.parent_path();
  const auto where = parent.empty() ? std::filesystem::path{"."} : parent;
  if (candidate.must_be_memory && !is_memory_file_system(where.c_str()))
    return fail(Errc::unsupported, where.string() + ": not in memory");
  if (auto room = has_room(where, candidate.must_be_memory ? kFreeSpaceFactor * bytes : bytes);
      !room)
    return room;
  if (auto folder = open_private_folder(candidate.folder, true); !folder)
    return std::unexpected(folder.error());
  return {};
}

}  // namespace

JournalPlaces JournalPlaces::from_environment(std::filesystem::path database) {
  JournalPlaces places{.database = std::move(database)};
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  // The XDG base directory specification: paths that are not absolute are to be ignored.
  if (runtime != nullptr && runtime[0] == '/') places.runtime_folder = runtime;
  return places;
}

std::vector<std::filesystem::path> JournalPlaces::folders() const {
  std::vector<std::filesystem::path> found;
  for (auto& candidate : candidates(*this)) found.push_back(std::move(candidate.folder));
  // Where the trainer's session had its runtime folder, though ours names none (cron, sudo).
  const auto usual = std::filesystem::path{"/run/user"} / std::to_string(::geteuid()) / "tidemark";
  if (std::ranges::find(found, usual) == found.end()) found.push_back(usual);
  return found;
}

Result<JournalPlace> choose_journal_place(const JournalPlaces& places, std::uint64_t bytes) {
  std::string passed_over;
  Errc last = Errc::not_found;
  for (const auto& candidate : candidates(places)) {
    const auto suitable = suits(candidate, bytes);
    if (suitable)
      return JournalPlace{candidate.folder, is_memory_file_system(candidate.folder.c_str()),
                          passed_over};
    last = suitable.error().code;
    passed_over += (passed_over.empty() ? "" : "; ") + suitable.error().message;
  }
  return fail(last, "no place for a journal: " + passed_over);
}

std::uint64_t journal_bytes(std::uint32_t slots_per_lane) {
  return tidemark_slots_offset + tidemark_lane_bytes(slots_per_lane);
}

}  // namespace tidemark
