#include "sensing/amd/amd_cards.h"

#include <algorithm>

#include "core/utf8.h"
#include "sensing/amd/amd_files.h"
#include "sensing/linux/kept_text.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::string_view kDrm = "sys/class/drm";
constexpr std::string_view kKfd = "sys/class/kfd/kfd";
constexpr std::size_t kMostDescriptors = 4096;  // of one process that are looked at

// "card0", and not "card0-DP-1".
bool is_card(std::string_view name) {
  return name.starts_with("card") && parse_count(name.substr(4)).has_value();
}

std::string text_at(const HostRoot& host, const std::string& path) {
  constexpr std::size_t kMostBytes = 4096;
  const auto text = host.read(path, kMostBytes);
  if (!text) return {};
  std::string_view rest = *text;
  return std::string{take_line(rest)};
}

std::optional<std::string> value_in(std::string_view properties, std::string_view key) {
  while (!properties.empty()) {
    auto line = take_line(properties);
    if (take_word(line) == key) return std::string{take_word(line)};
  }
  return std::nullopt;
}

void add_memory(GpuReading& reading, std::int32_t pid, Bytes memory) {
  auto& list = *reading.processes;
  const auto known = std::ranges::find(list, pid, &GpuProcessReading::pid);
  if (known == list.end())
    list.push_back({.pid = pid, .memory = memory});
  else
    known->memory = known->memory.value_or(Bytes{}) + memory;
}

}  // namespace

AmdCards::AmdCards(const HostRoot& host) : host_(host) {
  const auto names = host_.list(kDrm);
  if (!names) return;
  std::vector<std::pair<std::string, std::string>> found;  // bus id, folder
  for (const auto& name : *names) {
    if (!is_card(name)) continue;
    const auto folder = std::string{kDrm} + "/" + name + "/device";
    if (!host_.exists(folder + "/mem_info_vram_total")) continue;
    const auto uevent = host_.read(folder + "/uevent", 4096).value_or("");
    const auto slot = uevent.find("PCI_SLOT_NAME=");
    std::string_view bus;
    if (slot != std::string::npos) {
      bus = std::string_view{uevent}.substr(slot + 14);
      bus = take_line(bus);
    }
    found.emplace_back(bus, folder);
  }
  std::ranges::sort(found);
  for (const auto& [bus_id, folder] : found) add(folder, bus_id);
  if (!found.empty()) find_kfd_ids();
}

void AmdCards::add(const std::string& folder, const std::string& bus_id) {
  GpuReading reading{.vendor = GpuVendor::amd,
                     .index = static_cast<std::int32_t>(readings_.size()),
                     .bus_id = to_valid_utf8(bus_id, 32)};
  reading.source = "amdgpu";
  reading.lists_all = false;
  const auto unique = text_at(host_, folder + "/unique_id");
  reading.id = unique.empty() ? reading.bus_id : to_valid_utf8("GPU-" + unique, 64);
  reading.name = to_valid_utf8(text_at(host_, folder + "/product_name"), 96);
  const auto kind = detect_amd_memory(host_, folder);
  reading.domain = kind.domain;
  reading.domain_evidence = kind.evidence;
  cards_.push_back({.folder = folder,
                    .vram_used = keep(host_, folder + "/mem_info_vram_used"),
                    .vram_total = keep(host_, folder + "/mem_info_vram_total"),
                    .gtt_used = keep(host_, folder + "/mem_info_gtt_used"),
                    .busy = keep(host_, folder + "/gpu_busy_percent")});
  readings_.push_back(std::move(reading));
}

// The compute driver numbers its nodes itself; its properties give the PCI place as one number.
void AmdCards::find_kfd_ids() {
  const auto nodes = std::string{kKfd} + "/topology/nodes";
  const auto names = host_.list(nodes);
  if (!names) return;
  for (const auto& name : *names) {
    auto folder = nodes;
    folder += '/';
    folder += name;
    const auto id = text_at(host_, folder + "/gpu_id");
    if (id.empty() || id == "0") continue;  // 0: a CPU
    const auto properties = host_.read(folder + "/properties").value_or("");
    const auto minor = value_in(properties, "drm_render_minor");
    if (!minor) continue;
    for (std::size_t i = 0; i < cards_.size(); ++i)
      if (host_.exists(cards_[i].folder + "/drm/renderD" + *minor)) cards_[i].kfd_id = id;
  }
}

void AmdCards::read(std::span<const std::int32_t> run_pids) {
  for (std::size_t i = 0; i < cards_.size(); ++i) read_card(cards_[i], readings_[i]);
  read_processes(run_pids);
}

void AmdCards::read_card(Card& card, GpuReading& reading) {
  const auto bytes = [](std::optional<KeptFile>& file) { return parse_byte_count(text_of(file)); };
  reading.used = bytes(card.vram_used);
  reading.total = bytes(card.vram_total);
  set_absence(reading, "memory", reading.used ? "" : "mem_info_vram_used cannot be read");
  if (reading.domain == MemoryDomain::unified) {
    // One pool, counted once. Its size is no file's: GTT's total is a limit on the machine's
    // memory, and the carve-out lies outside MemTotal.
    const auto gtt_used = bytes(card.gtt_used);
    reading.held.reset();
    if (reading.used && gtt_used) reading.held = *reading.used + *gtt_used;
    reading.carve_out_total = reading.total;
    reading.carve_out_used = reading.used;
    reading.used = reading.total = std::nullopt;
    set_absence(reading, "memory", "unified memory: carve-out and GTT are both the machine's");
  }
  reading.utilization_ratio.reset();
  // A sleeping card would be woken by the question, and is idle.
  if (text_at(host_, card.folder + "/power/runtime_status") == "suspended") {
    set_absence(reading, "utilization", "the device sleeps");
    return;
  }
  reading.utilization_ratio = parse_busy_percent(text_of(card.busy));
  set_absence(reading, "utilization",
              reading.utilization_ratio ? "" : "gpu_busy_percent cannot be read");
}

void AmdCards::read_processes(std::span<const std::int32_t> run_pids) {
  if (cards_.empty()) return;
  for (auto& reading : readings_) {
    if (!reading.processes) reading.processes.emplace();
    reading.processes->clear();
  }
  for (const auto pid : run_pids)
    if (!read_kfd_process(pid)) read_drm_clients(pid);
}

// ROCm's: what the process allocated on each device, in one small file each.
bool AmdCards::read_kfd_process(std::int32_t pid) {
  bool found = false;
  for (std::size_t i = 0; i < cards_.size(); ++i) {
    if (!cards_[i].kfd_id) continue;
    const auto text = text_at(
        host_, std::string{kKfd} + "/proc/" + std::to_string(pid) + "/vram_" + *cards_[i].kfd_id);
    const auto memory = parse_byte_count(text);
    if (!memory) continue;
    found = true;
    if (memory->count > 0) add_memory(readings_[i], pid, *memory);
  }
  return found;
}

void AmdCards::read_drm_clients(std::int32_t pid) {
  const auto process = "proc/" + std::to_string(pid);
  const auto names = host_.list(process + "/fd");
  if (!names || names->size() > kMostDescriptors) return;
  std::vector<std::uint64_t> clients;  // seen already
  for (const auto& name : *names) {
    const auto target = host_.read_link(process + "/fd/" + name);
    if (!target || !target->starts_with("/dev/dri/")) continue;
    const auto client =
        parse_drm_client(host_.read(process + "/fdinfo/" + name, 16384).value_or(""));
    if (!client || std::ranges::find(clients, client->client) != clients.end()) continue;
    clients.push_back(client->client);
    for (auto& reading : readings_) {
      if (reading.bus_id != client->bus_id) continue;
      const bool unified = reading.domain == MemoryDomain::unified;
      add_memory(reading, pid, unified ? client->vram + client->gtt : client->vram);
    }
  }
}

}  // namespace tidemark
