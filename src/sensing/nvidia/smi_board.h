// The GPUs as a resident nvidia-smi reports them, for machines where NVML cannot be loaded. A
// second one lists processes: one nvidia-smi answers one kind of question.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "os/host_root.h"
#include "sensing/gpu/ask_later.h"
#include "sensing/gpu/gpu_reading.h"
#include "sensing/nvidia/memory_domain.h"
#include "sensing/nvidia/smi_child.h"
#include "sensing/nvidia/smi_csv.h"

namespace tidemark {

class SmiBoard {
 public:
  /// Starts nvidia-smi; `not_found` where there is none.
  static Result<SmiBoard> open(const HostRoot& host, std::string program, BootTime now);

  /// Takes what was written since the last call, and starts what has ended anew, with growing
  /// pauses.
  void read(BootTime now);

  const std::vector<GpuReading>& readings() const { return readings_; }

  /// That nvidia-smi is not running, and why; empty while it is.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Gpu {
    BootTime written_at{};
    MemoryEvidence evidence{};
    std::vector<BootTime> process_seen_at{};  // parallel to the reading's processes
  };
  explicit SmiBoard(std::string program) : program_(std::move(program)) {}
  std::vector<std::string> gpu_arguments() const;
  void keep_running(BootTime now);
  void take_gpu(std::string_view line, BootTime now);
  void take_process(std::string_view line, BootTime now);
  void forget_old(BootTime now);
  std::size_t find_or_add(std::string_view uuid);

  std::string program_;
  std::optional<Bytes> machine_total_{};
  std::optional<SmiChild> gpus_{};
  std::optional<SmiChild> processes_{};
  AskLater start_gpus_{};
  AskLater start_processes_{};
  bool with_reserved_ = true;  // older ones refuse the whole question for a field they do not know
  bool gpus_answered_ = false;
  bool processes_run_ = false;  // the list works, even while it is empty
  std::string trouble_{};
  std::vector<Gpu> states_{};  // parallel to readings_
  std::vector<GpuReading> readings_{};
};

}  // namespace tidemark
