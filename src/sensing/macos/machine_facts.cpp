// What a Mac tells of itself once: GPUs, name, boot, our own cost. And that it has no kernel log
// that says whom it killed for memory.
#include <sys/sysctl.h>
#include <unistd.h>

#include <array>
#include <ctime>

#include "core/utf8.h"
#include "sensing/mac_text/mac_memory.h"
#include "sensing/macos/mac_process.h"
#include "sensing/macos/mach_host.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

std::string ask_text(const char* name) {
  std::array<char, 256> text{};
  std::size_t size = text.size();
  if (::sysctlbyname(name, text.data(), &size, nullptr, 0) != 0) return {};
  const std::string_view whole{text.data(), size};
  return to_valid_utf8(whole.substr(0, whole.find('\0')), text.size());
}

}  // namespace

GpuReport describe_gpus(const HostRoot& host, const GpuOptions&, std::chrono::milliseconds) {
  GpuReport report;
  auto gpu = build_mac_gpu(read_mac_sysctl(host));
  if (!gpu) {
    report.notes.emplace_back("an Intel Mac: its GPU is not read");
    return report;
  }
  report.gpus.push_back({.sample = std::move(*gpu),
                         .source = "sysctl",
                         .domain_evidence = "Apple Silicon has one memory (hw.optional.arm64)",
                         .absent = {{"memory", "it is the machine's RAM, counted with the host"},
                                    {"utilization", "only IOKit's private counters have it"},
                                    {"processes", "a process's footprint holds its share"}}});
  return report;
}

OwnCost read_own_cost(const HostRoot&) {
  OwnCost cost;
  if (const auto usage = read_mac_usage(::getpid())) cost.pss = usage->footprint;
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  constexpr double kNsPerSecond = 1e9;
  cost.cpu_seconds =
      static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / kNsPerSecond;
  return cost;
}

HostIdentity read_host_identity(const HostRoot&) {
  return {.name = ask_text("kern.hostname"), .boot_id = ask_text("kern.bootsessionuuid")};
}

struct KernelLog::State {};

Result<KernelLog> KernelLog::open(const HostRoot&) {
  return fail(Errc::unsupported, "macOS has no kernel log that names whom it killed for memory");
}

KernelLog::KernelLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelLog::KernelLog(KernelLog&&) noexcept = default;
KernelLog& KernelLog::operator=(KernelLog&&) noexcept = default;
KernelLog::~KernelLog() = default;

KernelLogNews KernelLog::take_news() {
  return {};
}

LogNames read_log_names(const HostRoot&) {
  return {};
}

// systemd-oomd and earlyoom are Linux's.
std::vector<OomDaemonKill> read_daemon_kills(const std::string&, double) {
  return {};
}

}  // namespace tidemark
