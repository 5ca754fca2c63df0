// One of the two files that include nlohmann's JSON; the other writes. Its SAX interface does not
// recurse and can be stopped, so a deep or huge document costs no more than its bounds.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

class JsonEvents : public nlohmann::json_sax<Json> {
 public:
  explicit JsonEvents(TreeBuilder& tree) : tree_(tree) {}

  bool null() override { return scalar(std::monostate{}, "null"); }
  bool boolean(bool value) override { return scalar(value, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return scalar(std::int64_t{value}, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    const auto text = std::to_string(value);
    if (std::in_range<std::int64_t>(value)) return scalar(static_cast<std::int64_t>(value), text);
    return scalar(static_cast<double>(value), text);
  }
  bool number_float(number_float_t value, const string_t& text) override {
    return scalar(value, text);
  }
  bool string(string_t& value) override { return scalar(value, value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return tree_.begin_mapping(0), !tree_.failed(); }
  bool start_array(std::size_t) override { return tree_.begin_list(0), !tree_.failed(); }
  bool key(string_t& text) override { return scalar(text, text); }
  bool end_object() override { return tree_.end(), !tree_.failed(); }
  bool end_array() override { return tree_.end(), !tree_.failed(); }
  bool parse_error(std::size_t position, const std::string&,
                   const Json::exception& error) override {
    error_position_ = position;
    error_ = error.what();
    return false;
  }

  std::size_t error_position() const { return error_position_; }
  const std::string& error() const { return error_; }

 private:
  bool scalar(ConfigValue value, std::string_view text) {
    tree_.scalar(std::move(value), text, 0);
    return !tree_.failed();
  }

  TreeBuilder& tree_;
  std::size_t error_position_ = 0;
  std::string error_{};
};

/// "[json.exception.parse_error.101] parse error at line 2, column 3: syntax error ..." without its
/// front.
std::string reason_of(std::string_view what) {
  const auto at = what.find("parse error at");
  const auto colon = at == std::string_view::npos ? at : what.find(": ", at);
  return std::string{colon == std::string_view::npos ? what : what.substr(colon + 2)};
}

}  // namespace

Result<ConfigNode> parse_json_tree(std::string_view text) {
  TreeBuilder tree{false};
  JsonEvents events{tree};
  constexpr bool kStrict = true, kIgnoreComments = true;  // .jsonc
  bool parsed = false;
  try {
    parsed = Json::sax_parse(text.begin(), text.end(), &events, Json::input_format_t::json, kStrict,
                             kIgnoreComments);
  } catch (const Json::exception& error) {
    return fail(Errc::malformed, reason_of(error.what()));
  }
  if (tree.failed()) return fail(Errc::malformed, tree.failure());
  if (!parsed) {
    const auto before = text.substr(0, std::min(events.error_position(), text.size()));
    return fail(Errc::malformed, "line " + std::to_string(1 + std::ranges::count(before, '\n')) +
                                     ": " + reason_of(events.error()));
  }
  return tree.take_root();
}

}  // namespace tidemark
