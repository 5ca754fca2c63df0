#include "sensing/macos/mac_process.h"

#include <libproc.h>
#include <mach/mach_time.h>
#include <sys/proc_info.h>
#include <sys/resource.h>
#include <sys/sysctl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/utf8.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostNameBytes = 64;

/// ri_user_time and ri_system_time are in units of mach_absolute_time: 1 ns on Intel, 125/3 ns on
/// Apple Silicon.
std::uint64_t ticks_of(std::uint64_t mach_time) {
  static const auto timebase = [] {
    mach_timebase_info_data_t info{};
    (void)::mach_timebase_info(&info);
    return info;
  }();
  constexpr std::uint64_t kNsPerTick = 10'000'000;  // sysconf(_SC_CLK_TCK) is 100
  if (timebase.denom == 0) return 0;
  return mach_time / timebase.denom * timebase.numer / kNsPerTick;
}

Bytes bytes_from(std::uint64_t count) {
  return {static_cast<std::int64_t>(count)};
}

std::string_view text_in(const char* field, std::size_t size) {
  return {field, ::strnlen(field, size)};
}

}  // namespace

std::optional<MacProcess> read_mac_process(std::int32_t pid) {
  proc_bsdinfo info{};
  if (::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) != static_cast<int>(sizeof info))
    return std::nullopt;
  const auto name = text_in(info.pbi_comm, sizeof info.pbi_comm);
  return MacProcess{.id = {pid, info.pbi_start_tvsec * 1'000'000 + info.pbi_start_tvusec},
                    .parent_pid = static_cast<std::int32_t>(info.pbi_ppid),
                    .forked_only = (info.pbi_flags & PROC_FLAG_EXEC) == 0,
                    .name = to_valid_utf8(name, kMostNameBytes)};
}

std::optional<MacUsage> read_mac_usage(std::int32_t pid) {
  rusage_info_v4 usage{};  // macOS 10.12
  if (::proc_pid_rusage(pid, RUSAGE_INFO_V4, reinterpret_cast<rusage_info_t*>(&usage)) != 0)
    return std::nullopt;
  return MacUsage{.resident = bytes_from(usage.ri_resident_size),
                  .footprint = bytes_from(usage.ri_phys_footprint),
                  .peak_footprint = bytes_from(usage.ri_lifetime_max_phys_footprint),
                  .cpu_ticks_total = ticks_of(usage.ri_user_time + usage.ri_system_time)};
}

void append_mac_children(std::int32_t pid, std::vector<std::int32_t>& children) {
  constexpr std::size_t kMostChildren = 4096;
  std::array<pid_t, kMostChildren> pids{};
  const int count = ::proc_listchildpids(pid, pids.data(), static_cast<int>(sizeof pids));
  if (count <= 0) return;
  const auto found = std::min(static_cast<std::size_t>(count), kMostChildren);
  children.insert(children.end(), pids.begin(), pids.begin() + static_cast<std::ptrdiff_t>(found));
}

std::string read_mac_program(std::int32_t pid) {
  std::array<char, PROC_PIDPATHINFO_MAXSIZE> path{};
  const int length = ::proc_pidpath(pid, path.data(), static_cast<std::uint32_t>(path.size()));
  return length > 0 ? std::string{path.data(), static_cast<std::size_t>(length)} : std::string{};
}

// The text: the number of arguments, the program's path, zeros up to a word's boundary, then the
// arguments, each ended by a zero, then the environment, which is none of ours.
ProgramKind read_mac_program_kind(std::int32_t pid) {
  std::array<char, 64U << 10> text{};
  std::array<int, 3> name{CTL_KERN, KERN_PROCARGS2, pid};
  std::size_t size = text.size();
  if (::sysctl(name.data(), static_cast<u_int>(name.size()), text.data(), &size, nullptr, 0) != 0)
    return ProgramKind::plain;
  std::int32_t count = 0;
  if (size <= sizeof count) return ProgramKind::plain;
  std::memcpy(&count, text.data(), sizeof count);
  std::string_view rest{text.data() + sizeof count, size - sizeof count};
  rest.remove_prefix(std::min(rest.find('\0'), rest.size()));
  rest.remove_prefix(std::min(rest.find_first_not_of('\0'), rest.size()));
  std::size_t end = 0;
  for (std::int32_t i = 0; i < count && end < rest.size(); ++i) {
    const auto zero = rest.find('\0', end);
    end = zero == std::string_view::npos ? rest.size() : zero + 1;
  }
  return parse_command_line(rest.substr(0, end));
}

}  // namespace tidemark
