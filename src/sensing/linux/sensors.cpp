#include <unistd.h>

#include <algorithm>

#include "sensing/gpu/gpu_reader.h"
#include "sensing/gpu/gpu_sources.h"
#include "sensing/linux/kept_text.h"
#include "sensing/linux/machine_reader.h"
#include "sensing/linux/main_view.h"
#include "sensing/linux/parsers/process_statm.h"
#include "sensing/linux/pss_reader.h"
#include "sensing/linux/run_family.h"
#include "sensing/linux/tenant_reader.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

constexpr double kStalledRatio = 0.10;  // of the last ten seconds, all tasks waited for memory
constexpr auto kStatusOfAllSpacing = std::chrono::seconds{60};

bool is_stalled(const HostSample& sample) {
  return sample.pressure && sample.pressure->full_avg10_ratio > kStalledRatio;
}

ProcessStatus read_status(const HostRoot& host, Member& member) {
  if (!member.status_file)
    member.status_file = keep(host, "proc/" + std::to_string(member.watch.id().pid) + "/status");
  return parse_process_status(text_of(member.status_file));
}

// RSS less what is of files and of shared memory: anonymous pages. A third of what reading the
// status file costs, and needed with every sample (apply_pss).
std::optional<Bytes> read_anon(const HostRoot& host, Member& member) {
  if (!member.statm_file)
    member.statm_file = keep(host, "proc/" + std::to_string(member.watch.id().pid) + "/statm");
  static const auto page_bytes = static_cast<std::int64_t>(::sysconf(_SC_PAGESIZE));
  const auto statm = parse_process_statm(text_of(member.statm_file), page_bytes);
  return statm ? std::optional{statm->anon()} : std::nullopt;
}

// A Grace Hopper's HBM is inside the machine's figures and is a pool of its own.
void leave_out(const std::optional<CpulessMemory>& nodes, QuickLook& machine) {
  if (!nodes) return;
  machine.limit = nodes->host_total(machine.limit);
  machine.used = nodes->host_used(machine.used);
}

void add_status(ProcessSample& process, const ProcessStatus& status) {
  if (status.rss) process.rss = status.rss;
  process.peak_rss = status.peak_rss;
  process.rss_anon = status.rss_anon;
  process.rss_file = status.rss_file;
  process.rss_shmem = status.rss_shmem;
  process.swap = status.swap;
}

}  // namespace

struct Sensors::State {
  State(HostRoot host_root, RunFamily run_family, SensorOptions sensor_options,
        const Clock& the_clock)
      : host(std::move(host_root)),
        clock(the_clock),
        options(sensor_options),
        machine(host),
        family(std::move(run_family)),
        view(host),
        gpus(host, options_for(host, options.gpu), clock) {
    if (options.track_per_process && options.pss_budget_ratio > 0)
      pss.emplace(host, clock, options.pss_budget_ratio);
    if (options.track_per_process) tenants.emplace(host, clock);
    sees_all_pids = read_log_names(host).pids_are_ours;
  }

  HostSample sample();
  void choose_roles();
  void add_processes(HostSample& sample, const std::optional<ProcessStatus>& main_status);
  ProcessSample describe(std::size_t index) const;
  void add_pss(HostSample& sample);
  void add_gpus(HostSample& sample);
  void add_tenants(HostSample& sample);
  TenantQuestion tenant_question(const HostSample& sample) const;

  HostRoot host;
  const Clock& clock;
  SensorOptions options;
  MachineReader machine;
  RunFamily family;
  MainView view;
  GpuReader gpus;
  std::optional<PssReader> pss{};
  std::optional<TenantReader> tenants{};
  std::string asked_for_cgroup{};  // whose members the last scan told from others
  bool sees_all_pids = false;      // else a driver's pids are not ours
  bool changed = false;            // a member came or went since the last sample
  std::optional<Bytes> machine_total{};
  std::optional<CpulessMemory> gpu_nodes{};  // in the last sample: no memory of the host's pool
  std::optional<std::size_t> main{};
  std::optional<ProcessIdentity> main_id{};
  std::optional<BootTime> last_sample_at{};
  BootTime status_of_all_at{};
  // Kept for their capacity.
  std::vector<PssTarget> targets{};
  std::vector<PssReading> readings{};
  std::vector<std::int32_t> pids{};
  std::optional<PssReading> last_worker_reading{};
};

// Also has the view look at whichever process is main now.
void Sensors::State::choose_roles() {
  main = choose_main(family.facts(), family.root(), main_id);
  if (!main) return;
  main_id = family.facts()[*main].id;
  view.look(*main_id, family.members()[*main], clock.now(), machine_total);
}

ProcessSample Sensors::State::describe(std::size_t index) const {
  const auto& fact = family.facts()[index];
  const auto& member = family.members()[index];
  return {.id = fact.id,
          .role = main ? role_of(family.facts(), index, *main) : ProcessRole::child,
          .name = member.name,
          .rss = fact.rss,
          .cpu_ticks_total = member.cpu_ticks,
          .major_faults_total = member.major_faults};
}

void Sensors::State::add_processes(HostSample& sample,
                                   const std::optional<ProcessStatus>& main_status) {
  const auto count = family.facts().size();
  // The workers' status files cost as much again as all else: once a minute is enough for what only
  // they have (swap, and what the RSS is made of).
  const bool status_of_all = sample.at - status_of_all_at >= kStatusOfAllSpacing;
  if (status_of_all) status_of_all_at = sample.at;
  sample.processes.reserve(count);
  if (main) {
    sample.processes.push_back(describe(*main));
    if (main_status) add_status(sample.processes.back(), *main_status);
  }
  if (!options.track_per_process) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == main) continue;
    sample.processes.push_back(describe(i));
    if (!status_of_all) {
      if (pss) sample.processes.back().rss_anon = read_anon(host, family.members()[i]);
      continue;
    }
    add_status(sample.processes.back(), read_status(host, family.members()[i]));
    family.members()[i].status_file.reset();
  }
}

void Sensors::State::add_pss(HostSample& sample) {
  if (!pss) return;
  targets.clear();
  for (const auto& process : sample.processes) targets.push_back({process.id, process.role});
  pss->follow(targets, is_stalled(sample));
  pss->copy_readings(readings);
  for (const auto& reading : readings)
    if (reading.role == ProcessRole::worker &&
        (!last_worker_reading || reading.at > last_worker_reading->at))
      last_worker_reading = reading;

  const auto since = last_sample_at.value_or(sample.at);
  // Only forked workers share the trainer's pages; other children exec'ed and share nothing with
  // it.
  const auto sharers =
      1 + std::ranges::count(sample.processes, ProcessRole::worker, &ProcessSample::role);
  const bool refused = pss->refused();
  for (auto& process : sample.processes) {
    const auto own = std::ranges::find(readings, process.id, &PssReading::id);
    if (own != readings.end()) {
      apply_pss(process, *own, since, sharers);
    } else if (process.role == ProcessRole::worker && last_worker_reading) {
      apply_pss(process, *last_worker_reading, since, sharers);  // workers are alike
    } else if (!refused) {
      process.pss_basis = PssBasis::pending;
    }
  }
}

void Sensors::State::add_gpus(HostSample& sample) {
  pids.clear();
  for (const auto& fact : family.facts()) pids.push_back(fact.id.pid);
  gpus.take(sample, {.main_pid = main ? main_id->pid : 0, .pids = pids});
}

TenantQuestion Sensors::State::tenant_question(const HostSample& sample) const {
  TenantQuestion question{.limiting_cgroup = view.limiting_cgroup(),
                          .machine_total = sample.memory->total,
                          .may_read_pss = pss && !is_stalled(sample)};
  for (const auto& fact : family.facts()) question.run_pids.push_back(fact.id.pid);
  if (!sees_all_pids) return question;
  for (const auto& gpu : sample.gpus)
    for (const auto& process : gpu.processes)
      if (!process.of_run) question.gpu_pids.push_back(process.pid);
  return question;
}

void Sensors::State::add_tenants(HostSample& sample) {
  if (!tenants || !sample.memory) return;
  const auto used = sample.memory->used();
  const TenantSigns signs{.used = used,
                          .total = sample.memory->total,
                          .event = changed,
                          .elsewhere = asked_for_cgroup != view.limiting_cgroup()};
  if (tenants->due(sample.at, signs)) {
    auto question = tenant_question(sample);
    asked_for_cgroup = question.limiting_cgroup;
    tenants->ask(std::move(question), sample.at, used);
  }
  sample.tenants = tenants->latest();
  if (!sample.tenants || !sees_all_pids) return;
  for (auto& tenant : sample.tenants->tenants)
    for (const auto& gpu : sample.gpus)
      for (const auto& process : gpu.processes)
        if (process.pid == tenant.id.pid && process.memory)
          tenant.gpu_memory = tenant.gpu_memory.value_or(Bytes{}) + *process.memory;
}

HostSample Sensors::State::sample() {
  HostSample sample{.at = clock.now()};
  machine.read(sample);
  if (sample.memory) machine_total = sample.memory->total;
  family.look_for_new();
  family.read();
  choose_roles();
  std::optional<ProcessStatus> main_status;
  if (main) main_status = read_status(host, family.members()[*main]);
  view.read(sample, main_status);
  add_processes(sample, main_status);
  add_pss(sample);
  add_gpus(sample);
  gpu_nodes = sample.cpuless;
  add_tenants(sample);
  changed = false;
  last_sample_at = sample.at;
  sample.took = clock.now() - sample.at;
  return sample;
}

Result<Sensors> Sensors::open(HostRoot host, ProcessIdentity trainer, SensorOptions options,
                              const Clock& clock) {
  auto family = RunFamily::open(host, trainer);
  if (!family) return std::unexpected(family.error());
  auto state = std::make_unique<State>(std::move(host), std::move(*family), options, clock);
  if (const auto machine = state->machine.quick_look()) state->machine_total = machine->limit;
  state->choose_roles();
  return Sensors{std::move(state)};
}

Sensors::Sensors(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sensors::Sensors(Sensors&&) noexcept = default;
Sensors& Sensors::operator=(Sensors&&) noexcept = default;
Sensors::~Sensors() = default;

HostSample Sensors::sample() {
  return state_->sample();
}

std::optional<QuickLook> Sensors::quick_look() {
  auto machine = state_->machine.quick_look();
  if (machine) leave_out(state_->gpu_nodes, *machine);
  const auto cgroup = state_->view.quick_look();
  if (!machine || !cgroup) return machine ? machine : cgroup;
  return ratio(cgroup->used, cgroup->limit) > ratio(machine->used, machine->limit) ? cgroup
                                                                                   : machine;
}

bool Sensors::family_changed() {
  if (state_->family.look_for_new()) state_->changed = true;
  return state_->changed || state_->family.any_ended();
}

std::string Sensors::cgroup_path() const {
  return state_->view.cgroup_path();
}

OomLevels Sensors::oom_levels() {
  return state_->view.oom_levels();
}

std::optional<std::string> Sensors::take_notice() {
  if (auto notice = state_->gpus.take_notice()) return notice;
  return state_->pss ? state_->pss->take_notice() : std::nullopt;
}

}  // namespace tidemark
