// Who is who among the processes of a run: pure rules over what is known of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/bytes.h"
#include "sensing/text/command_line.h"
#include "telemetry/process_sample.h"

namespace tidemark {

/// What the rules go by. `parent` is the one the process was born to, or, once that has ended, the
/// nearest ancestor that lives: what init adopts stays in the family.
struct FamilyFact {
  ProcessIdentity id{};
  ProcessIdentity parent{};
  ProgramKind kind = ProgramKind::plain;
  bool forked_only = false;      // has not exec'ed since its fork
  std::uint32_t executable = 0;  // equal numbers, equal files; 0: could not be read
  Bytes rss{};
};

/// The trainer is often started through something that only waits (`bash train.sh`, `uv run`,
/// `accelerate launch`). So the main process is found among the *heads* of the family: the root,
/// and every member that exec'ed (a forked worker never is one, nor are multiprocessing's spawn
/// children, forkserver and tracker). The head with the largest RSS is main; once chosen it stays
/// main while it lives, unless another head is more than 1.5 times as large. Absent when no head
/// lives.
std::optional<std::size_t> choose_main(std::span<const FamilyFact> family, ProcessIdentity root,
                                       std::optional<ProcessIdentity> current);

/// design.md section 1. A process between its fork and its exec looks like a worker for that
/// moment.
ProcessRole role_of(std::span<const FamilyFact> family, std::size_t index, std::size_t main);

}  // namespace tidemark
