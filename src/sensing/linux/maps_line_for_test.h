// For tests: a line of /proc/PID/maps.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace tidemark {

inline std::string maps_line(long begin, long end, std::string_view rights,
                             std::string_view path = "") {
  const auto hex = [](long value) {
    std::string word(16, '0');
    word.resize(static_cast<std::size_t>(
        std::to_chars(word.data(), word.data() + word.size(), value, 16).ptr - word.data()));
    return word;
  };
  return hex(begin) + "-" + hex(end) + " " + std::string{rights} + " 00000000 00:00 0 " +
         std::string{path} + "\n";
}

}  // namespace tidemark
