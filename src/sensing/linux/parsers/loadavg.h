// /proc/loadavg: its last field is the pid that was given out last, in the reader's pid namespace.
// It moves whenever any process or thread of the machine is born: the cheapest "nothing is new".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

std::optional<std::int32_t> parse_newest_pid(std::string_view loadavg);

}  // namespace tidemark
