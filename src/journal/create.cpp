#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <random>
#include <span>
#include <string>

#include "journal/journal.h"
#include "journal/journal_file.h"
#include "journal/layout.h"
#include "journal/platform.h"
#include "journal/private_folder.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

constexpr std::string_view kSuffix = ".journal";

template <class Field>
void fill_random(Field& field, std::random_device& random) {
  for (auto& byte : field) byte = static_cast<std::uint8_t>(random() & 0xff);
}

tidemark_identity make_identity(const JournalSpec& spec, std::uint32_t lane_count) {
  std::random_device random;
  tidemark_identity identity{};
  std::ranges::copy(tidemark_magic, identity.magic);
  identity.byte_order = tidemark_byte_order;
  identity.version_major = tidemark_version_major;
  identity.version_minor = tidemark_version_minor;
  identity.slots_offset = tidemark_slots_offset;
  identity.lane_count = lane_count;
  identity.lane_entry_bytes = tidemark_lane_entry_bytes;
  identity.slots_per_lane = spec.slots_per_lane;
  identity.slot_bytes = tidemark_slot_bytes;
  identity.salt = random();
  fill_random(identity.id, random);
  const auto boot_id = own_boot_id();
  std::memcpy(identity.boot_id, boot_id.text, sizeof identity.boot_id);
  const auto anchor = anchor_now(SystemClock{});
  identity.anchor_boot_ns = anchor.boot.ns;
  identity.anchor_wall_ns = anchor.wall.ns;
  identity.root_start_ticks = spec.root.start_ticks;
  identity.root_pid = spec.root.pid;
  identity.creator_uid = ::geteuid();
  identity.checksum = tidemark_fnv1a(0, &identity, offsetof(tidemark_identity, checksum));
  return identity;
}

// Growing a file over RLIMIT_FSIZE raises SIGXFSZ, which ends the process: fewer lanes then.
std::uint32_t lanes_that_fit(std::uint32_t slots_per_lane) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return tidemark_lane_count;
  if (limit.rlim_cur <= tidemark_slots_offset) return 0;
  const auto lanes = (limit.rlim_cur - tidemark_slots_offset) / tidemark_lane_bytes(slots_per_lane);
  return static_cast<std::uint32_t>(std::min<rlim_t>(lanes, tidemark_lane_count));
}

Result<void> lay_out(int fd, const std::string& name, const JournalSpec& spec,
                     std::uint32_t lane_count) {
  const auto identity = make_identity(spec, lane_count);
  const auto geometry = geometry_of(identity);
  if (::fchmod(fd, 0600) != 0 || ::ftruncate(fd, static_cast<off_t>(geometry.file_bytes())) != 0)
    return std::unexpected(system_error(errno, name));
  const auto lanes = std::min(spec.lanes_with_memory, lane_count);
  if (const int error = allocate_range(fd, 0, geometry.lane_offset(lanes)); error != 0)
    return std::unexpected(system_error(error, name));
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    constexpr std::byte kAllocated{1};
    const auto at = lane_entry_offset(lane) + offsetof(tidemark_lane, allocated);
    if (auto done = write_all_at(fd, at, {&kAllocated, 1}, name); !done) return done;
  }
  return write_all_at(fd, 0, std::as_bytes(std::span{&identity, 1}), name);
}

Result<void> write_label(UniqueFd fd, const std::string& name, const std::string& label) {
  auto file = JournalFile::open(std::move(fd), name);
  if (!file) return std::unexpected(file.error());
  return file->write_label(label);
}

Result<void> check_spec(const JournalSpec& spec, std::uint32_t lane_count) {
  const bool power_of_two = std::has_single_bit(spec.slots_per_lane);
  if (!power_of_two || spec.slots_per_lane < tidemark_min_slots_per_lane ||
      spec.slots_per_lane > tidemark_max_slots_per_lane)
    return fail(Errc::invalid, "slots per lane: a power of two from 1024 to 16777216");
  if (lane_count == 0)
    return fail(Errc::full, "the limit on file sizes (ulimit -f) leaves no room for a journal");
  return {};
}

std::string hex_name(std::random_device& random) {
  std::string name;
  for (int i = 0; i < 16; ++i) name += "0123456789abcdef"[random() & 0xf];
  return name;
}

}  // namespace

// Made under a name that nobody looks for, with the lock that tells `find_orphaned_journals` that
// its maker lives, and renamed when it is whole.
Result<std::filesystem::path> create_journal(const JournalSpec& spec) {
  const auto lane_count = lanes_that_fit(spec.slots_per_lane);
  if (auto fine = check_spec(spec, lane_count); !fine) return std::unexpected(fine.error());
  const auto folder = open_private_folder(spec.folder, true);
  if (!folder) return std::unexpected(folder.error());
  std::random_device random;
  const auto name = hex_name(random) + std::string{kSuffix};
  const auto unfinished = "." + name + ".new";
  const UniqueFd fd{::openat(folder->get(), unfinished.c_str(),
                             O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  auto path = spec.folder / name;
  if (!fd) return std::unexpected(system_error(errno, path.string()));
  ::flock(fd.get(), LOCK_EX | LOCK_NB);
  auto made = lay_out(fd.get(), path.string(), spec, lane_count);
  if (made && !spec.label.empty()) made = write_label(UniqueFd{::dup(fd.get())}, path, spec.label);
  if (made && ::renameat(folder->get(), unfinished.c_str(), folder->get(), name.c_str()) != 0)
    made = std::unexpected(system_error(errno, path.string()));
  if (made) return path;
  ::unlinkat(folder->get(), unfinished.c_str(), 0);
  return std::unexpected(made.error());
}

Result<void> remove_journal(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0) return {};
  return std::unexpected(system_error(errno, path.string()));
}

std::vector<std::string> journal_environment(const std::filesystem::path& path,
                                             ProcessIdentity root) {
  return {"TIDEMARK_JOURNAL=" + path.string(),
          "TIDEMARK_RUN_ROOT=" + std::to_string(root.pid) + ":" + std::to_string(root.start_ticks)};
}

}  // namespace tidemark

tidemark_status tidemark_journal_create(const char* database, const char* label, char* path,
                                        size_t path_size) {
  using namespace tidemark;
  try {  // the standard library's, when memory is out: nothing may reach a C caller
    const auto places = JournalPlaces::from_environment(
        database != nullptr && database[0] != '\0' ? std::filesystem::absolute(database) : "");
    const auto place = choose_journal_place(places, journal_bytes());
    if (!place) return tidemark_no_place;
    const auto made = create_journal(
        {.folder = place->folder, .root = own_process(), .label = label != nullptr ? label : ""});
    if (!made || made->native().size() >= path_size) return tidemark_no_place;
    std::memcpy(path, made->c_str(), made->native().size() + 1);
    return tidemark_ok;
  } catch (const std::exception&) {
    return tidemark_no_memory;
  }
}
