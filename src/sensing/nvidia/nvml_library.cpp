// The only file that knows NVML's names.
#include "sensing/nvidia/nvml_library.h"

#include <algorithm>
#include <array>

#include "core/utf8.h"
#include "sensing/nvidia/nvml_abi.h"
#include "sensing/nvidia/nvml_processes.h"

namespace tidemark {
namespace {

Errc code_for(nvml::Return code) {
  switch (code) {
    case nvml::kNotSupported:
    case nvml::kFunctionNotFound:
      return Errc::unsupported;
    case nvml::kNoPermission:
      return Errc::permission;
    case nvml::kDriverNotLoaded:
      return Errc::busy;  // it may be loaded later
    case nvml::kUninitialized:
    case nvml::kInvalidArgument:  // a MIG device that was made anew under its old handle
    case nvml::kNotFound:
    case nvml::kGpuIsLost:
    case nvml::kResetRequired:
      return Errc::gone;
    default:
      return Errc::io;
  }
}

// A driver that reports a count of 2^60 bytes or more reports nonsense.
std::optional<Bytes> sane(std::uint64_t count) {
  if (count >= std::uint64_t{1} << 60) return std::nullopt;
  return Bytes{static_cast<std::int64_t>(count)};
}

}  // namespace

struct NvmlLibrary::Functions {
  nvml::Return (*init)() = nullptr;
  nvml::Return (*shutdown)() = nullptr;
  const char* (*error_string)(nvml::Return) = nullptr;
  nvml::Return (*driver_version)(char*, unsigned) = nullptr;
  nvml::Return (*count)(unsigned*) = nullptr;
  nvml::Return (*handle)(unsigned, nvml::Device*) = nullptr;
  nvml::Return (*uuid)(nvml::Device, char*, unsigned) = nullptr;
  nvml::Return (*name)(nvml::Device, char*, unsigned) = nullptr;
  nvml::Return (*pci)(nvml::Device, nvml::PciInfo*) = nullptr;
  nvml::Return (*memory_v2)(nvml::Device, nvml::MemoryV2*) = nullptr;
  nvml::Return (*memory)(nvml::Device, nvml::Memory*) = nullptr;
  nvml::Return (*utilization)(nvml::Device, nvml::Utilization*) = nullptr;
  nvml::Return (*mig_mode)(nvml::Device, unsigned*, unsigned*) = nullptr;
  nvml::Return (*most_mig)(nvml::Device, unsigned*) = nullptr;
  nvml::Return (*mig_handle)(nvml::Device, unsigned, nvml::Device*) = nullptr;
  nvml::Return (*addressing)(nvml::Device, nvml::AddressingMode*) = nullptr;
  nvml::Return (*numa_node)(nvml::Device, unsigned*) = nullptr;
  NvmlProcessList compute{};
  NvmlProcessList graphics{};
};

NvmlLibrary::NvmlLibrary(DynamicLibrary library, std::unique_ptr<Functions> functions)
    : library_(std::move(library)), functions_(std::move(functions)) {
  const auto find = [this](auto& function, const char* symbol) {
    function = library_.function<std::remove_reference_t<decltype(function)>>(symbol);
  };
  auto& f = *functions_;
  find(f.init, "nvmlInit_v2");
  find(f.shutdown, "nvmlShutdown");
  find(f.error_string, "nvmlErrorString");
  find(f.driver_version, "nvmlSystemGetDriverVersion");
  find(f.count, "nvmlDeviceGetCount_v2");
  find(f.handle, "nvmlDeviceGetHandleByIndex_v2");
  find(f.uuid, "nvmlDeviceGetUUID");
  find(f.name, "nvmlDeviceGetName");
  find(f.pci, "nvmlDeviceGetPciInfo_v3");  // 390; the one before it has no room for the domain
  find(f.memory_v2, "nvmlDeviceGetMemoryInfo_v2");
  find(f.memory, "nvmlDeviceGetMemoryInfo");
  find(f.utilization, "nvmlDeviceGetUtilizationRates");
  find(f.mig_mode, "nvmlDeviceGetMigMode");
  find(f.most_mig, "nvmlDeviceGetMaxMigDeviceCount");
  find(f.mig_handle, "nvmlDeviceGetMigDeviceHandleByIndex");
  find(f.addressing, "nvmlDeviceGetAddressingMode");
  find(f.numa_node, "nvmlDeviceGetNumaNodeId");
  find_process_lists();
}

void NvmlLibrary::find_process_lists() {
  const auto newest = [this](NvmlProcessList& list, const std::string& name) {
    for (const auto* const version : {"_v3", "_v2"}) {
      list.function = library_.function<NvmlProcessList::Function>((name + version).c_str());
      list.layout = NvmlProcessList::Layout::v2;
      if (list.function != nullptr) return;
    }
    list.function = library_.function<NvmlProcessList::Function>(name.c_str());
    list.layout = NvmlProcessList::Layout::v1;
  };
  newest(functions_->compute, "nvmlDeviceGetComputeRunningProcesses");
  newest(functions_->graphics, "nvmlDeviceGetGraphicsRunningProcesses");
}

NvmlLibrary::NvmlLibrary(NvmlLibrary&&) noexcept = default;

NvmlLibrary::~NvmlLibrary() {
  if (functions_ && functions_->shutdown != nullptr) (void)functions_->shutdown();
}

Result<NvmlLibrary> NvmlLibrary::load(const std::string& name) {
  auto library = DynamicLibrary::open(name);
  if (!library) return std::unexpected(library.error());
  NvmlLibrary nvml{std::move(*library), std::make_unique<Functions>()};
  auto& f = *nvml.functions_;
  if (f.init == nullptr || f.count == nullptr || f.handle == nullptr || f.shutdown == nullptr) {
    f.shutdown = nullptr;
    return fail(Errc::unsupported, name + ": not NVML, or older than any that is understood");
  }
  if (const auto code = f.init(); code != nvml::kSuccess) {
    auto error = nvml.error_of(code, "nvmlInit_v2");
    f.shutdown = nullptr;  // what was not begun is not ended
    return std::unexpected(std::move(error));
  }
  return nvml;
}

Error NvmlLibrary::error_of(int code, const char* what) const {
  const char* const words =
      functions_->error_string != nullptr ? functions_->error_string(code) : nullptr;
  constexpr std::size_t kMostBytes = 128;
  return {code_for(code), std::string{what} + ": " +
                              (words != nullptr ? to_valid_utf8(words, kMostBytes) : "error") +
                              " (" + std::to_string(code) + ")"};
}

Result<std::string> NvmlLibrary::text(int (*function)(NvmlDevice, char*, unsigned),
                                      NvmlDevice device, const char* what) const {
  if (function == nullptr)
    return fail(Errc::unsupported, std::string{what} + ": not in this driver");
  std::array<char, nvml::kNameBytes> buffer{};
  const auto code = function(device, buffer.data(), buffer.size());
  if (code != nvml::kSuccess) return std::unexpected(error_of(code, what));
  buffer.back() = '\0';
  return to_valid_utf8(buffer.data(), buffer.size());
}

std::string NvmlLibrary::driver_version() const {
  std::array<char, nvml::kVersionBytes> buffer{};
  if (functions_->driver_version == nullptr ||
      functions_->driver_version(buffer.data(), buffer.size()) != nvml::kSuccess)
    return {};
  buffer.back() = '\0';
  return to_valid_utf8(buffer.data(), buffer.size());
}

Result<std::uint32_t> NvmlLibrary::device_count() const {
  unsigned count = 0;
  const auto code = functions_->count(&count);
  if (code != nvml::kSuccess) return std::unexpected(error_of(code, "nvmlDeviceGetCount_v2"));
  return count;
}

Result<NvmlDevice> NvmlLibrary::device(std::uint32_t index) const {
  NvmlDevice device = nullptr;
  const auto code = functions_->handle(index, &device);
  if (code != nvml::kSuccess)
    return std::unexpected(error_of(code, "nvmlDeviceGetHandleByIndex_v2"));
  return device;
}

Result<std::string> NvmlLibrary::uuid(NvmlDevice device) const {
  return text(functions_->uuid, device, "nvmlDeviceGetUUID");
}
Result<std::string> NvmlLibrary::name(NvmlDevice device) const {
  return text(functions_->name, device, "nvmlDeviceGetName");
}

Result<std::string> NvmlLibrary::bus_id(NvmlDevice device) const {
  if (functions_->pci == nullptr)
    return fail(Errc::unsupported, "nvmlDeviceGetPciInfo_v3: not in this driver");
  nvml::PciInfo pci{};
  const auto code = functions_->pci(device, &pci);
  if (code != nvml::kSuccess) return std::unexpected(error_of(code, "nvmlDeviceGetPciInfo_v3"));
  pci.bus_id[sizeof pci.bus_id - 1] = '\0';
  return short_bus_id(pci.bus_id);
}

// The second version first: the first counts what the driver reserves as used. A library that has
// the second may still refuse it on a device.
Result<NvmlMemory> NvmlLibrary::memory(NvmlDevice device) const {
  std::optional<Error> refused;
  if (functions_->memory_v2 != nullptr) {
    nvml::MemoryV2 memory{};
    memory.version = nvml::kMemoryV2;
    const auto code = functions_->memory_v2(device, &memory);
    const auto total = sane(memory.total);
    const auto used = sane(memory.used);
    if (code == nvml::kSuccess && total && used)
      return NvmlMemory{.total = *total, .used = *used, .reserved = sane(memory.reserved)};
    refused = error_of(code, "nvmlDeviceGetMemoryInfo_v2");
  }
  if (functions_->memory == nullptr) {
    if (refused) return std::unexpected(*refused);
    return fail(Errc::unsupported, "nvmlDeviceGetMemoryInfo: not in this driver");
  }
  nvml::Memory memory{};
  const auto code = functions_->memory(device, &memory);
  const auto total = sane(memory.total);
  const auto used = sane(memory.used);
  if (code == nvml::kSuccess && total && used) return NvmlMemory{.total = *total, .used = *used};
  return std::unexpected(error_of(code, "nvmlDeviceGetMemoryInfo"));
}

Result<double> NvmlLibrary::utilization_ratio(NvmlDevice device) const {
  constexpr auto* kName = "nvmlDeviceGetUtilizationRates";
  if (functions_->utilization == nullptr)
    return fail(Errc::unsupported, std::string{kName} + ": not in this driver");
  nvml::Utilization utilization{};
  const auto code = functions_->utilization(device, &utilization);
  if (code != nvml::kSuccess) return std::unexpected(error_of(code, kName));
  constexpr unsigned kMostPercent = 100;
  return std::min(utilization.gpu, kMostPercent) / 100.0;
}

Result<void> NvmlLibrary::read_processes(NvmlDevice device,
                                         std::vector<GpuProcessReading>& processes) const {
  processes.clear();
  const auto compute = append_nvml_processes(functions_->compute, device, processes);
  const auto graphics = append_nvml_processes(functions_->graphics, device, processes);
  if (compute == nvml::kSuccess || graphics == nvml::kSuccess) return {};
  return std::unexpected(error_of(compute, "nvmlDeviceGetComputeRunningProcesses"));
}

bool NvmlLibrary::mig_is_on(NvmlDevice device) const {
  unsigned current = 0;
  unsigned pending = 0;
  return functions_->mig_mode != nullptr &&
         functions_->mig_mode(device, &current, &pending) == nvml::kSuccess && current == 1;
}

std::vector<NvmlDevice> NvmlLibrary::mig_devices(NvmlDevice device) const {
  std::vector<NvmlDevice> devices;
  unsigned most = 0;
  if (functions_->most_mig == nullptr || functions_->mig_handle == nullptr ||
      functions_->most_mig(device, &most) != nvml::kSuccess)
    return devices;
  constexpr unsigned kSaneCount = 64;  // hardware has at most seven
  for (unsigned index = 0; index < std::min(most, kSaneCount); ++index) {
    NvmlDevice mig = nullptr;
    if (functions_->mig_handle(device, index, &mig) == nvml::kSuccess) devices.push_back(mig);
  }
  return devices;
}

Result<AddressingMode> NvmlLibrary::addressing_mode(NvmlDevice device) const {
  constexpr auto* kName = "nvmlDeviceGetAddressingMode";
  if (functions_->addressing == nullptr)
    return fail(Errc::unsupported, std::string{kName} + ": not in this driver");
  nvml::AddressingMode mode{.version = nvml::kAddressingModeV1, .value = 0};
  const auto code = functions_->addressing(device, &mode);
  if (code != nvml::kSuccess) return std::unexpected(error_of(code, kName));
  constexpr std::array kModes{AddressingMode::none, AddressingMode::hmm, AddressingMode::ats};
  if (mode.value >= kModes.size()) return fail(Errc::too_new, std::string{kName} + ": a new mode");
  return kModes.at(mode.value);
}

Result<std::int32_t> NvmlLibrary::numa_node(NvmlDevice device) const {
  constexpr auto* kName = "nvmlDeviceGetNumaNodeId";
  if (functions_->numa_node == nullptr)
    return fail(Errc::unsupported, std::string{kName} + ": not in this driver");
  unsigned node = 0;
  const auto code = functions_->numa_node(device, &node);
  if (code != nvml::kSuccess) return std::unexpected(error_of(code, kName));
  constexpr unsigned kMostNodes = 1U << 16;
  if (node >= kMostNodes) return fail(Errc::unsupported, std::string{kName} + ": no node");
  return static_cast<std::int32_t>(node);
}

std::string short_bus_id(std::string_view bus_id) {
  constexpr std::size_t kShort = 12;  // "0000:01:00.0"
  constexpr std::size_t kLong = 16;
  if (bus_id.size() == kLong) {
    if (!bus_id.starts_with("0000")) return {};  // a domain of more than 16 bits: not in use
    bus_id.remove_prefix(kLong - kShort);
  }
  if (bus_id.size() != kShort) return {};
  std::string text{bus_id};
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace tidemark
