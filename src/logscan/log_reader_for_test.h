// Short logs for the tests of the log reader.
#pragma once

#include <string>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

inline LogSummary summary_of(std::string_view log) {
  LogReader reader;
  reader.feed(log);
  return reader.summary();
}

/// A log that ends with a traceback of that last line.
inline std::string failed_with(const std::string& last_line, const std::string& prefix = "") {
  return prefix + "Traceback (most recent call last):\n" + prefix +
         "  File \"/home/me/train.py\", line 31, in main\n" + prefix + "    step(batch)\n" +
         prefix + last_line + "\n";
}

inline std::string bar(int position, int total = 2000, const std::string& values = "loss=0.5") {
  return "\rsteps:   1%|#         | " + std::to_string(position) + "/" + std::to_string(total) +
         " [00:10<10:00,  2.00s/it, " + values + "]";
}

inline std::string category_of(std::string_view log) {
  return std::string{name_of(summary_of(log).primary)};
}

inline LogFinding deciding(std::string_view log) {
  const auto summary = summary_of(log);
  return summary.deciding ? summary.findings.at(*summary.deciding) : LogFinding{};
}

}  // namespace tidemark
