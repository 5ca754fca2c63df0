#include "sensing/nvidia/smi_board.h"

#include "core/utf8.h"
#include "sensing/linux/parsers/meminfo.h"
#include "sensing/nvidia/nvml_library.h"

namespace tidemark {
namespace {

constexpr auto* kPeriodMs = "1000";
constexpr auto kFirstLinePatience = std::chrono::milliseconds{1500};
constexpr auto kValueLasts = std::chrono::seconds{10};   // after its last line
constexpr auto kProcessLasts = std::chrono::seconds{4};  // an empty list writes nothing at all
constexpr std::size_t kMostGpus = 64;
constexpr std::size_t kMostProcesses = 256;

std::vector<std::string> arguments(std::string question) {
  return {std::move(question), "--format=csv,noheader,nounits", "-lms", kPeriodMs};
}

void note_value(GpuReading& reading, std::string_view what, const SmiValue& value) {
  set_absence(reading, what, value.number ? "" : "nvidia-smi: " + to_valid_utf8(value.why, 64));
}

Bytes sum_of(const GpuReading& reading) {
  Bytes sum{};
  for (const auto& process : *reading.processes) sum += process.memory.value_or(Bytes{});
  return sum;
}

}  // namespace

Result<SmiBoard> SmiBoard::open(const HostRoot& host, std::string program, BootTime now) {
  SmiBoard board{std::move(program)};
  if (const auto meminfo = host.read("proc/meminfo"))
    if (const auto memory = parse_meminfo(*meminfo)) board.machine_total_ = memory->total;
  auto child = SmiChild::start(board.program_, board.gpu_arguments());
  if (!child) return std::unexpected(child.error());
  board.gpus_.emplace(std::move(*child));
  board.keep_running(now);
  board.gpus_->wait_for_output(kFirstLinePatience);
  return board;
}

// ai-toolkit ends, at its start, every nvidia-smi whose command line has its own list of fields:
// ours begins differently.
std::vector<std::string> SmiBoard::gpu_arguments() const {
  return arguments("--query-gpu=" + std::string{smi_gpu_fields(with_reserved_)});
}

void SmiBoard::keep_running(BootTime now) {
  const auto start = [&](std::optional<SmiChild>& child, AskLater& later,
                         const std::vector<std::string>& words) {
    if (child || !later.due(now)) return;
    auto started = SmiChild::start(program_, words);
    if (started)
      child.emplace(std::move(*started));
    else
      trouble_ = started.error().message;
    if (!started) later.failed(now, started.error().code);
  };
  start(gpus_, start_gpus_, gpu_arguments());
  start(processes_, start_processes_,
        arguments("--query-compute-apps=" + std::string{smi_process_fields()}));
}

void SmiBoard::read(BootTime now) {
  keep_running(now);
  if (gpus_ && !gpus_->take_lines([&](std::string_view line) { take_gpu(line, now); })) {
    gpus_.reset();
    start_gpus_.failed(now, Errc::io);
    trouble_ = program_ + " has ended";
    if (!gpus_answered_ && std::exchange(with_reserved_, false)) start_gpus_.worked();  // ask less
  }
  if (processes_) {
    processes_run_ =
        processes_->take_lines([&](std::string_view line) { take_process(line, now); });
    if (!processes_run_) {
      processes_.reset();
      start_processes_.failed(now, Errc::io);
    }
  }
  forget_old(now);
}

std::size_t SmiBoard::find_or_add(std::string_view uuid) {
  const auto known = std::ranges::find(readings_, uuid, &GpuReading::id);
  const auto place = static_cast<std::size_t>(known - readings_.begin());
  if (known != readings_.end() || readings_.size() == kMostGpus) return place;
  readings_.push_back({.vendor = GpuVendor::nvidia, .id = to_valid_utf8(uuid, 96)});
  readings_.back().source = "nvidia-smi";
  states_.push_back({.evidence = {.machine_total = machine_total_}});
  return place;
}

void SmiBoard::take_gpu(std::string_view line, BootTime now) {
  const auto gpu = parse_smi_gpu(line, with_reserved_);
  if (!gpu) return;
  const auto place = find_or_add(gpu->uuid);
  if (place == readings_.size()) return;
  auto& reading = readings_[place];
  auto& evidence = states_[place].evidence;
  states_[place].written_at = now;
  gpus_answered_ = true;
  start_gpus_.worked();
  trouble_.clear();
  reading.index = gpu->index;
  reading.bus_id = short_bus_id(gpu->bus_id);
  reading.name = to_valid_utf8(gpu->name, 96);
  reading.used = smi_memory(gpu->used_mib);
  reading.total = smi_memory(gpu->total_mib);
  reading.reserved = smi_memory(gpu->reserved_mib);
  note_value(reading, "memory", gpu->total_mib);
  evidence.answer = reading.total ? MemoryAnswer::given
                    : gpu->total_mib.why == "N/A" || gpu->total_mib.why == "Not Supported"
                        ? MemoryAnswer::refused
                        : MemoryAnswer::none;
  evidence.total = reading.total.value_or(Bytes{});
  note_value(reading, "utilization", gpu->utilization_percent);
  reading.utilization_ratio.reset();
  constexpr std::uint64_t kAll = 100;
  if (const auto percent = gpu->utilization_percent.number)
    reading.utilization_ratio = static_cast<double>(std::min(*percent, kAll)) / 100.0;
}

void SmiBoard::take_process(std::string_view line, BootTime now) {
  const auto process = parse_smi_process(line);
  if (!process) return;
  const auto place = find_or_add(process->gpu_uuid);
  if (place == readings_.size()) return;
  auto& reading = readings_[place];
  auto& seen = states_[place].process_seen_at;
  start_processes_.worked();
  if (!reading.processes) reading.processes.emplace();
  auto& list = *reading.processes;
  const auto known = std::ranges::find(list, process->pid, &GpuProcessReading::pid);
  const auto index = static_cast<std::size_t>(known - list.begin());
  if (known == list.end()) {
    if (list.size() == kMostProcesses) return;
    list.push_back({.pid = process->pid});
    seen.push_back(now);
  }
  list[index].memory = smi_memory(process->used_mib);
  seen[index] = now;
}

void SmiBoard::forget_old(BootTime now) {
  for (std::size_t i = 0; i < readings_.size(); ++i) {
    auto& reading = readings_[i];
    auto& state = states_[i];
    if (now - state.written_at > kValueLasts) {
      reading.used = reading.total = reading.reserved = std::nullopt;
      reading.utilization_ratio.reset();
      state.evidence.answer = MemoryAnswer::none;
      set_absence(reading, "memory", "nvidia-smi has stopped writing");
      set_absence(reading, "utilization", "nvidia-smi has stopped writing");
    }
    if (!processes_run_) {
      reading.processes.reset();
      state.process_seen_at.clear();
    } else if (!reading.processes) {
      reading.processes.emplace();
    }
    set_absence(reading, "processes", processes_run_ ? "" : "nvidia-smi lists none");
    for (std::size_t p = 0; p < state.process_seen_at.size();) {
      if (now - state.process_seen_at[p] <= kProcessLasts) {
        ++p;
        continue;
      }
      const auto offset = static_cast<std::ptrdiff_t>(p);
      reading.processes->erase(reading.processes->begin() + offset);
      state.process_seen_at.erase(state.process_seen_at.begin() + offset);
    }
    state.evidence.lists_processes = processes_run_;
    state.evidence.listed = reading.processes ? sum_of(reading) : Bytes{};
    const auto verdict = judge_memory(state.evidence);
    reading.domain = verdict.domain;
    reading.domain_evidence = verdict.evidence;
    if (verdict.domain == MemoryDomain::unified)
      reading.used = reading.total = reading.reserved = std::nullopt;
  }
}

}  // namespace tidemark
