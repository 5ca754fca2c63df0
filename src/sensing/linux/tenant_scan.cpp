#include "sensing/linux/tenant_scan.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "core/utf8.h"
#include "sensing/linux/discovery.h"
#include "sensing/linux/parsers/cgroup_membership.h"
#include "sensing/linux/parsers/process_stat.h"
#include "sensing/linux/parsers/process_statm.h"
#include "sensing/linux/parsers/process_status.h"
#include "sensing/linux/parsers/smaps_rollup.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostTenants = 8;
constexpr Bytes kLeast = mib(64);
constexpr Bytes kLeastInCgroup = mib(16);           // whose limit may be small
constexpr std::int64_t kLeastShareOfMachine = 200;  // a two-hundredth
// smaps_rollup walks the page tables: 18 ms for each resident GiB (docs/metrics.md). As much as
// this together: some five milliseconds of the tenants' own time.
constexpr Bytes kMostWalked = mib(256);

struct Candidate {
  std::int32_t pid = 0;
  Bytes rss{};
  bool on_gpu = false, in_cgroup = false;
};

std::string proc_path(std::int32_t pid, std::string_view file) {
  return "proc/" + std::to_string(pid) + "/" + std::string{file};
}

bool contains(const std::vector<std::int32_t>& pids, std::int32_t pid) {
  return std::ranges::find(pids, pid) != pids.end();
}

std::optional<Bytes> resident(const HostRoot& host, std::int32_t pid, std::int64_t page_bytes) {
  const auto text = host.read(proc_path(pid, "statm"), 256);
  const auto statm = text ? parse_process_statm(*text, page_bytes) : std::nullopt;
  return statm ? std::optional{statm->resident} : std::nullopt;
}

bool is_in_cgroup(const HostRoot& host, std::int32_t pid, const std::string& cgroup) {
  if (cgroup.empty()) return false;
  const auto text = host.read(proc_path(pid, "cgroup"), 16384);
  const auto membership = text ? parse_cgroup_membership(*text) : std::nullopt;
  return membership && path_below(membership->path, cgroup).has_value();
}

std::vector<Candidate> find_candidates(const HostRoot& host, const TenantQuestion& question) {
  const auto page_bytes = static_cast<std::int64_t>(::sysconf(_SC_PAGESIZE));
  const Bytes least = std::max(kLeast, Bytes{question.machine_total.count / kLeastShareOfMachine});
  std::vector<Candidate> found;
  for (const auto pid : list_processes(host)) {
    if (contains(question.run_pids, pid) || (host.is_live() && pid == ::getpid())) continue;
    const auto rss = resident(host, pid, page_bytes);
    const bool on_gpu = contains(question.gpu_pids, pid);
    const bool in_cgroup =
        rss && *rss >= kLeastInCgroup && is_in_cgroup(host, pid, question.limiting_cgroup);
    if (rss && (*rss >= least || on_gpu || in_cgroup))
      found.push_back({pid, *rss, on_gpu, in_cgroup});
  }
  std::ranges::sort(found, [](const Candidate& a, const Candidate& b) {
    return std::tuple{!a.on_gpu, !a.in_cgroup, b.rss, a.pid} <
           std::tuple{!b.on_gpu, !b.in_cgroup, a.rss, b.pid};
  });
  if (found.size() > kMostTenants) found.resize(kMostTenants);
  return found;
}

// Absent when it ended meanwhile: a tenant without a start time could be anybody.
std::optional<Tenant> describe(const HostRoot& host, const Candidate& candidate,
                               const TenantQuestion& question) {
  const auto text = host.read(proc_path(candidate.pid, "stat"), 4096);
  const auto stat = text ? parse_process_stat(*text) : std::nullopt;
  if (!stat || stat->ended()) return std::nullopt;
  const auto status =
      parse_process_status(host.read(proc_path(candidate.pid, "status"), 16384).value_or(""));
  return Tenant{.id = {candidate.pid, stat->start_ticks},
                .name = to_valid_utf8(std::string{stat->comm}, 64),
                .rss = status.rss ? status.rss : candidate.rss,
                .anon = status.rss_anon,
                .in_cgroup = is_in_cgroup(host, candidate.pid, question.limiting_cgroup)};
}

void add_pss(const HostRoot& host, std::vector<Tenant>& tenants) {
  Bytes walked;
  for (auto tenant = tenants.rbegin(); tenant != tenants.rend(); ++tenant) {
    const Bytes rss = tenant->rss.value_or(kMostWalked);
    if (walked + rss > kMostWalked) continue;
    walked += rss;
    const auto text = host.read(proc_path(tenant->id.pid, "smaps_rollup"), 16384);
    const auto rollup = text ? parse_smaps_rollup(*text) : std::nullopt;
    if (rollup) tenant->pss = rollup->pss;
  }
}

}  // namespace

std::vector<Tenant> scan_tenants(const HostRoot& host, const TenantQuestion& question) {
  std::vector<Tenant> tenants;
  for (const auto& candidate : find_candidates(host, question))
    if (auto tenant = describe(host, candidate, question)) tenants.push_back(std::move(*tenant));
  std::ranges::sort(tenants, [](const Tenant& a, const Tenant& b) {
    return std::tuple{b.rss, a.id.pid} < std::tuple{a.rss, b.id.pid};
  });
  if (question.may_read_pss) add_pss(host, tenants);
  return tenants;
}

}  // namespace tidemark
