// What a process knows about itself and its machine without being told.
#include <ctime>

#include "core/utf8.h"
#include "sensing/linux/parsers/scan.h"
#include "sensing/linux/parsers/smaps_rollup.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

std::string read_first_line(const HostRoot& host, std::string_view path) {
  constexpr std::size_t kMostBytes = 255;
  const auto text = host.read(path, kMostBytes);
  if (!text) return {};
  std::string_view rest = *text;
  return to_valid_utf8(take_line(rest), kMostBytes);
}

}  // namespace

OwnCost read_own_cost(const HostRoot& host) {
  OwnCost cost;
  if (const auto text = host.read("proc/self/smaps_rollup"))
    if (const auto rollup = parse_smaps_rollup(*text)) cost.pss = rollup->pss;
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  constexpr double kNsPerSecond = 1e9;
  cost.cpu_seconds =
      static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / kNsPerSecond;
  return cost;
}

HostIdentity read_host_identity(const HostRoot& host) {
  return {.name = read_first_line(host, "proc/sys/kernel/hostname"),
          .boot_id = read_first_line(host, "proc/sys/kernel/random/boot_id")};
}

}  // namespace tidemark
