#include "sensing/gpu/gpu_sources.h"

#include <algorithm>

#include "sensing/amd/amd_cards.h"
#include "sensing/linux/cpuless_memory.h"
#include "sensing/nvidia/nvml_board.h"
#include "sensing/nvidia/smi_board.h"

namespace tidemark {

struct GpuSources::Nvidia {
  std::optional<NvmlBoard> nvml{};
  std::optional<SmiBoard> smi{};
  AskLater open{};
  bool nvml_is_missing = false;  // no library, or none that is understood
  bool smi_is_missing = false;
  std::string nvml_trouble{};
  std::string smi_trouble{};
};

struct GpuSources::Amd {
  explicit Amd(const HostRoot& host) : cards(host) {}
  AmdCards cards;
};

GpuSources::GpuSources(HostRoot host, GpuOptions options)
    : host_(std::move(host)), options_(std::move(options)) {}
GpuSources::GpuSources(GpuSources&&) noexcept = default;
GpuSources::~GpuSources() = default;

void GpuSources::read_nvidia(BootTime now) {
  auto& n = *nvidia_;
  if (n.nvml) {
    if (const auto read = n.nvml->read(now); !read) {
      n.nvml_trouble = read.error().message;
      n.open.failed(now, read.error().code);
      n.nvml.reset();
    }
    return;
  }
  if (n.smi) {
    n.smi->read(now);
    return;
  }
  if (!n.open.due(now)) return;
  if (!n.nvml_is_missing && !options_.nvml_library.empty()) {
    auto board = NvmlBoard::open(host_, options_, now);
    if (board) {
      n.open.worked();
      n.nvml_trouble.clear();
      n.nvml.emplace(std::move(*board));
      read_nvidia(now);
      return;
    }
    n.nvml_trouble = board.error().message;
    // A driver that is not loaded or does not answer may come later; a library does not.
    const auto code = board.error().code;
    n.nvml_is_missing = code == Errc::not_found || code == Errc::unsupported;
    n.open.failed(now, code);
    if (!n.nvml_is_missing) return;
  }
  if (options_.nvidia_smi.empty() || n.smi_is_missing) return;
  auto board = SmiBoard::open(host_, options_.nvidia_smi, now);
  n.smi_is_missing = !board && board.error().code == Errc::not_found;
  if (!board) {
    n.smi_trouble = board.error().message;
    n.open.failed(now, board.error().code);
    return;
  }
  n.smi.emplace(std::move(*board));
  n.smi->read(now);
}

void GpuSources::read(BootTime now, std::span<const std::int32_t> run_pids) {
  if (!nvidia_) nvidia_ = std::make_unique<Nvidia>();
  if (!amd_) amd_ = std::make_unique<Amd>(host_);
  read_nvidia(now);
  amd_->cards.read(run_pids);

  // Assigned element by element, so that strings and lists keep their memory.
  const std::vector<GpuReading> none;
  const auto& nvidia = nvidia_->nvml  ? nvidia_->nvml->readings()
                       : nvidia_->smi ? nvidia_->smi->readings()
                                      : none;
  const auto& amd = amd_->cards.readings();
  readings_.resize(nvidia.size() + amd.size());
  std::ranges::copy(nvidia, readings_.begin());
  std::ranges::copy(amd, readings_.begin() + static_cast<std::ptrdiff_t>(nvidia.size()));

  const auto nodes = nvidia_->nvml ? nvidia_->nvml->numa_nodes() : std::vector<std::int32_t>{};
  cpuless_ = read_cpuless_memory(host_, nodes);
}

std::vector<std::string> GpuSources::notes() const {
  std::vector<std::string> notes;
  if (!nvidia_) return notes;
  if (!nvidia_->nvml && !nvidia_->nvml_trouble.empty())
    notes.push_back("NVML: " + nvidia_->nvml_trouble);
  if (!nvidia_->smi_trouble.empty()) notes.push_back("nvidia-smi: " + nvidia_->smi_trouble);
  if (nvidia_->smi && !nvidia_->smi->trouble().empty())
    notes.push_back("nvidia-smi: " + nvidia_->smi->trouble());
  if (amd_ && amd_->cards.readings().empty())
    notes.emplace_back("amdgpu: no card in /sys/class/drm");
  return notes;
}

bool GpuSources::is_hopeless() const {
  if (!nvidia_ || !amd_) return false;
  const bool no_nvml = options_.nvml_library.empty() || nvidia_->nvml_is_missing;
  const bool no_smi = options_.nvidia_smi.empty() || nvidia_->smi_is_missing;
  return no_nvml && no_smi && !nvidia_->nvml && !nvidia_->smi && amd_->cards.readings().empty() &&
         !cpuless_;
}

GpuOptions options_for(const HostRoot& host, GpuOptions options) {
  const GpuOptions real;
  if (host.is_live()) return options;
  if (options.nvml_library == real.nvml_library) options.nvml_library.clear();
  if (options.cuda_library == real.cuda_library) options.cuda_library.clear();
  if (options.nvidia_smi == real.nvidia_smi) options.nvidia_smi.clear();
  return options;
}

}  // namespace tidemark
