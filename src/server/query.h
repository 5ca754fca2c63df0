// Numbers of a query. Private to server.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>

#include "core/result.h"
#include "server/http_message.h"

namespace tidemark {

/// Absent: the query does not have it. Errors: invalid (no number, or none in the range).
template <class Number>
Result<std::optional<Number>> number_in(const HttpTarget& target, const char* name, Number least,
                                        Number most) {
  const auto* text = target.find(name);
  if (text == nullptr) return std::optional<Number>{};
  Number value{};
  const auto* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  // Written so that NaN is none.
  if (error != std::errc{} || stop != end || !(value >= least && value <= most))
    return fail(Errc::invalid, std::string{name} + "=" + *text + ": is no number that fits");
  return std::optional{value};
}

}  // namespace tidemark
