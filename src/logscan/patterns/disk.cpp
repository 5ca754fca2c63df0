// Disks that are full: strerror's words, Windows' and Rust's, and PyTorch's zip writer, which says
// only that the file is not as long as it should be.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"No space left on device", disk_full, anywhere},
    Pattern{"Disk quota exceeded", disk_full, anywhere},
    Pattern{"FilesystemQuotaExceeded", disk_full, anywhere},
    Pattern{"StorageFull", disk_full, raised},
    Pattern{"[Errno 28]", disk_full, anywhere},
    Pattern{"[Errno 122]", disk_full, anywhere},
    Pattern{"not enough space on the disk", disk_full, anywhere},
    Pattern{"[WinError 112]", disk_full, anywhere},
    Pattern{"database or disk is full", disk_full, anywhere},
    Pattern{"enforce fail at inline_container.cc", disk_full, anywhere, decisive, "unexpected pos"},
    Pattern{"PytorchStreamWriter failed writing", disk_full, anywhere},
    Pattern{"ios_base::badbit set", disk_full, raised},
    Pattern{"basic_ios::clear: ", disk_full, raised},
    Pattern{"iostream stream error", disk_full, raised},
    Pattern{"Not enough disk space. Needed", disk_full, raised},
    // numpy's tofile and fromfile's counterpart.
    Pattern{" requested and ", disk_full, raised, decisive, " written"},
    Pattern{"Not enough free disk space", disk_full, anywhere, warning},
};

}  // namespace

std::span<const Pattern> disk_patterns() {
  return kPatterns;
}

}  // namespace tidemark
