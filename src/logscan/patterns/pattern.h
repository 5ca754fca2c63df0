// One way in which a library, the system or a launcher says that something went wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

/// How much a saying proves about the end of the run.
enum class Weight : std::uint8_t {
  warning,   // the run survives it
  echo,      // another process or exception ended first
  weak,      // ends the run, and is often what something else led to
  decisive,  // ends the run by itself
};

/// Where a saying counts.
enum class Said : std::uint8_t {
  raised,    // in the text of an exception
  anywhere,  // there, and on a line of its own
  ending,    // as anywhere; it says that the run ends, so a logger that calls it a warning is wrong
};

struct Pattern {
  std::string_view words{};  // as printed; the line is looked at only where they occur
  LogCategory category{};
  Said said = Said::raised;
  Weight weight = Weight::decisive;
  std::string_view also{};    // must stand in the same text
  std::string_view unless{};  // must not
};

// The families, in the order of precedence: of several sayings in one text the first wins.
std::span<const Pattern> reraised_patterns();
std::span<const Pattern> shared_memory_patterns();
std::span<const Pattern> killed_patterns();
std::span<const Pattern> gpu_memory_patterns();
std::span<const Pattern> host_memory_patterns();
std::span<const Pattern> disk_patterns();
std::span<const Pattern> auth_patterns();
std::span<const Pattern> collective_patterns();
std::span<const Pattern> gpu_error_patterns();
std::span<const Pattern> dependency_patterns();
std::span<const Pattern> network_patterns();
std::span<const Pattern> numerical_patterns();
std::span<const Pattern> data_patterns();
std::span<const Pattern> missing_file_patterns();
std::span<const Pattern> config_patterns();
std::span<const Pattern> other_patterns();
std::span<const Pattern> warning_patterns();

/// All of them, in that order.
std::span<const Pattern> all_patterns();

/// What the class of an exception says when its message says nothing.
struct ExceptionClass {
  std::string_view name{};  // without its module
  LogCategory category{};
  Weight weight = Weight::decisive;
};
std::span<const ExceptionClass> exception_classes();

}  // namespace tidemark
