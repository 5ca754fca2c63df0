// CSV and JSON, row by row.
#include "report/export_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace tidemark {
namespace {

void add_quoted(std::string& text, std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    text += value;
    return;
  }
  text += '"';
  for (const char c : value) {
    if (c == '"') text += '"';
    text += c;
  }
  text += '"';
}

struct CsvValue {
  std::string& text;

  void operator()(std::monostate) const {}
  void operator()(std::int64_t value) const {
    fmt::format_to(std::back_inserter(text), "{}", value);
  }
  void operator()(double value) const { fmt::format_to(std::back_inserter(text), "{}", value); }
  void operator()(std::string_view value) const { add_quoted(text, value); }
};

struct JsonValue {
  std::string& text;

  void operator()(std::monostate) const { text += "null"; }
  void operator()(std::int64_t value) const {
    fmt::format_to(std::back_inserter(text), "{}", value);
  }
  void operator()(double value) const {
    if (std::isfinite(value))
      fmt::format_to(std::back_inserter(text), "{}", value);
    else
      text += "null";
  }
  void operator()(std::string_view value) const { text += json_text(value); }
};

}  // namespace

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_csv_header(std::string& text, const std::vector<NamedValue>& values) {
  for (const auto& [name, value] : values) {
    if (&name != &values.front().name) text += ',';
    text += name;
  }
  text += '\n';
}

void add_csv_row(std::string& text, const std::vector<NamedValue>& values) {
  for (const auto& entry : values) {
    if (&entry != &values.front()) text += ',';
    std::visit(CsvValue{text}, entry.value);
  }
  text += '\n';
}

void add_json_row(std::string& text, const std::vector<NamedValue>& values) {
  text += '{';
  for (const auto& entry : values) {
    if (&entry != &values.front()) text += ',';
    text += '"';
    text += entry.name;
    text += "\":";
    std::visit(JsonValue{text}, entry.value);
  }
  text += '}';
}

}  // namespace tidemark
