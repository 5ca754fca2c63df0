// The machine's own files, kept open from the first look to the last.
#pragma once

#include <optional>

#include "os/host_root.h"
#include "os/kept_file.h"
#include "sensing/sensing.h"

namespace tidemark {

class MachineReader {
 public:
  explicit MachineReader(const HostRoot& host);

  /// Fills memory, counters and pressure of `sample`; what the kernel lacks stays absent.
  void read(HostSample& sample);

  /// Total less available.
  std::optional<QuickLook> quick_look();

 private:
  std::optional<HostMemory> read_memory();

  std::optional<KeptFile> meminfo_;
  std::optional<KeptFile> vmstat_;
  std::optional<KeptFile> stat_;
  std::optional<KeptFile> pressure_;  // closed for good where the kernel answers EOPNOTSUPP (psi=0)
};

}  // namespace tidemark
