// The run as a Mac shows it: one memory that GPU and processors share, footprints instead of PSS,
// no cgroups, no /dev/shm, and no limits of another process to be read.
#include <algorithm>

#include "sensing/mac_text/mac_memory.h"
#include "sensing/mac_text/ps_table.h"
#include "sensing/macos/command_text.h"
#include "sensing/macos/mac_family.h"
#include "sensing/macos/mach_host.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

constexpr auto kPsSpacing = std::chrono::seconds{60};  // ps is a program: rarely

}  // namespace

struct Sensors::State {
  State(HostRoot host_root, MacFamily run_family, SensorOptions sensor_options,
        const Clock& the_clock)
      : host(std::move(host_root)),
        clock(the_clock),
        options(std::move(sensor_options)),
        family(std::move(run_family)) {}

  HostSample sample();
  std::optional<HostMemory> read_memory(HostCounters& counters);
  void add_process(HostSample& sample, std::size_t index);
  void ask_ps(BootTime now);
  std::optional<Bytes> rss_by_ps(std::int32_t pid) const;

  HostRoot host;
  const Clock& clock;
  SensorOptions options;
  MacFamily family;
  MacSysctl sysctl{};
  bool changed = false;  // a member came or went since the last sample
  std::optional<std::size_t> main{};
  std::optional<ProcessIdentity> main_id{};
  std::optional<MacPressure> told_pressure{};
  std::optional<BootTime> asked_ps_at{};
  std::vector<PsRow> ps_rows{};
};

std::optional<HostMemory> Sensors::State::read_memory(HostCounters& counters) {
  sysctl = read_mac_sysctl(host);
  const auto stat = read_vm_stat(host);
  if (!stat) return std::nullopt;
  add_mac_counters(counters, *stat);
  const auto memory = build_mac_memory(*stat, sysctl);
  return memory ? std::optional{*memory} : std::nullopt;
}

// Only for members that libproc refuses: the trainer runs under another user than the monitor.
void Sensors::State::ask_ps(BootTime now) {
  const bool refused = std::ranges::any_of(
      family.members(), [](const MacMember& member) { return !member.usage.has_value(); });
  if (!refused || (asked_ps_at && now - *asked_ps_at < kPsSpacing)) return;
  asked_ps_at = now;
  if (const auto text = read_command(host, {"ps", "-axo", "pid=,ppid=,rss=,comm="}))
    ps_rows = parse_ps(*text);
}

std::optional<Bytes> Sensors::State::rss_by_ps(std::int32_t pid) const {
  const auto row = std::ranges::find(ps_rows, pid, &PsRow::pid);
  return row != ps_rows.end() ? std::optional{row->rss} : std::nullopt;
}

void Sensors::State::add_process(HostSample& sample, std::size_t index) {
  const auto& fact = family.facts()[index];
  const auto& member = family.members()[index];
  ProcessSample process{
      .id = fact.id, .role = role_of(family.facts(), index, *main), .name = member.name};
  if (member.usage) {
    process.rss = member.usage->resident;
    process.peak_rss = member.usage->peak_footprint;
    // The footprint takes both places: it adds up, and it is what ending the process gives back.
    // Pages that a fork shares are in it for each that touched them; Python starts workers by spawn
    // here.
    process.pss = member.usage->footprint;
    process.uss = member.usage->footprint;
    process.pss_basis = PssBasis::measured;
    process.cpu_ticks_total = member.usage->cpu_ticks_total;
  } else {
    process.rss = rss_by_ps(fact.id.pid);
  }
  sample.processes.push_back(std::move(process));
}

HostSample Sensors::State::sample() {
  HostSample sample{.at = clock.now()};
  sample.memory = read_memory(sample.counters);
  if (host.is_live()) add_cpu_ticks(sample.counters);
  family.look_for_new();
  family.read();
  ask_ps(sample.at);
  main = choose_main(family.facts(), family.root(), main_id);
  if (main) {
    main_id = family.facts()[*main].id;
    add_process(sample, *main);
    for (std::size_t i = 0; options.track_per_process && i < family.facts().size(); ++i)
      if (i != *main) add_process(sample, i);
  }
  if (auto gpu = build_mac_gpu(sysctl)) sample.gpus.push_back(std::move(*gpu));
  changed = false;
  sample.took = clock.now() - sample.at;
  return sample;
}

Result<Sensors> Sensors::open(HostRoot host, ProcessIdentity trainer, SensorOptions options,
                              const Clock& clock) {
  auto family = MacFamily::open(host, trainer);
  if (!family) return std::unexpected(family.error());
  return Sensors{
      std::make_unique<State>(std::move(host), std::move(*family), std::move(options), clock)};
}

Sensors::Sensors(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sensors::Sensors(Sensors&&) noexcept = default;
Sensors& Sensors::operator=(Sensors&&) noexcept = default;
Sensors::~Sensors() = default;

HostSample Sensors::sample() {
  return state_->sample();
}

std::optional<QuickLook> Sensors::quick_look() {
  HostCounters ignored;
  const auto memory = state_->read_memory(ignored);
  if (!memory) return std::nullopt;
  return QuickLook{.used = memory->used(), .limit = memory->total};
}

bool Sensors::family_changed() {
  if (state_->family.look_for_new()) state_->changed = true;
  return state_->changed || state_->family.any_ended();
}

OomLevels Sensors::oom_levels() {
  return {};
}

std::string Sensors::cgroup_path() const {
  return {};
}

// Each step of the pressure once: up is news, back to normal is silence.
std::optional<std::string> Sensors::take_notice() {
  if (state_->sysctl.pressure == state_->told_pressure) return std::nullopt;
  state_->told_pressure = state_->sysctl.pressure;
  return pressure_notice(state_->sysctl);
}

}  // namespace tidemark
