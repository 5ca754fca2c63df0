// One row as a line of CSV or an object of JSON. Private to report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace tidemark {

void add_csv_header(std::string& text, const std::vector<NamedValue>& values);
/// RFC 4180, but for line ends, which are a newline alone. NaN and infinity are "nan", "inf",
/// "-inf".
void add_csv_row(std::string& text, const std::vector<NamedValue>& values);
/// In one line, valid UTF-8 whatever the values are.
void add_json_row(std::string& text, const std::vector<NamedValue>& values);
/// With its quotes.
std::string json_text(std::string_view text);

}  // namespace tidemark
