// The JSON of event details, in one place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "telemetry/process_sample.h"
#include "telemetry/run.h"

namespace tidemark {

struct PoolUse;
struct QuickLook;
struct RunObservation;

std::string worker_details(const ProcessSample& worker);
std::string pool_details(const PoolUse& pool);
std::string oom_kill_details(std::uint64_t kills, std::optional<Bytes> limit);
std::string clock_step_details(std::int64_t stepped_ns);
/// Command, settings and the redacted config snapshot.
std::string start_details(const RunInfo& info);
std::string exit_details(const RunObservation& observation);
/// Of the guard's events: how full the pool was, and the signal that was sent; 0: none.
std::string guard_details(const QuickLook& look, int signal);

std::string notice_details(const std::string& line);
std::string exception_details(const std::string& type, const std::string& message);

}  // namespace tidemark
