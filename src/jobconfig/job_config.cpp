
#include <cmath>

#include "jobconfig/config_file.h"
#include "jobconfig/config_tree.h"
#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

bool looks_like_json(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  const std::string_view rest = text.substr(start);
  return rest[0] == '{' || rest[0] == '[' || rest.starts_with("//") || rest.starts_with("/*");
}

Result<ConfigNode> parse_tree(std::string_view text) {
  if (!looks_like_json(text)) return parse_yaml_tree(text);
  auto json = parse_json_tree(text);
  if (json) return json;
  auto yaml = parse_yaml_tree(text);  // {a: 1} is YAML
  return yaml ? std::move(yaml) : std::move(json);
}

constexpr std::string_view kUtf8ByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

struct JobConfig::State {
  ConfigNode root{};

  const ConfigNode* scalar_at(std::string_view path) const {
    const ConfigNode* node = find_at_path(root, path);
    return node != nullptr && node->kind == NodeKind::scalar ? node : nullptr;
  }
};

JobConfig::JobConfig(std::unique_ptr<State> state) : state_(std::move(state)) {}
JobConfig::JobConfig(JobConfig&&) noexcept = default;
JobConfig& JobConfig::operator=(JobConfig&&) noexcept = default;
JobConfig::~JobConfig() = default;

Result<JobConfig> JobConfig::load(const std::filesystem::path& file) {
  const auto text = read_config_file(file);
  if (!text) return std::unexpected(text.error());
  return parse(*text, file.string());
}

Result<JobConfig> JobConfig::parse(std::string_view text, std::string_view name_for_messages) {
  const std::string name{name_for_messages};
  if (text.size() > kMaxConfigBytes)
    return fail(Errc::invalid, name + ": larger than 16 MiB, which no job config is");
  if (text.starts_with(kUtf8ByteOrderMark)) text.remove_prefix(kUtf8ByteOrderMark.size());
  auto root = parse_tree(text);
  if (!root) return fail(root.error().code, name + ": " + root.error().message);
  auto state = std::make_unique<State>();
  state->root = std::move(*root);
  return JobConfig{std::move(state)};
}

std::optional<ConfigValue> JobConfig::get(std::string_view path) const {
  const ConfigNode* node = state_->scalar_at(path);
  return node == nullptr ? std::nullopt : std::optional{node->scalar};
}

std::optional<std::int64_t> JobConfig::get_integer(std::string_view path) const {
  const auto number = get_number(path);
  const ConfigNode* node = state_->scalar_at(path);
  if (!number || node == nullptr) return std::nullopt;
  if (const auto* integer = std::get_if<std::int64_t>(&node->scalar)) return *integer;
  constexpr double kExactUpTo = 9007199254740992.0;  // 2^53
  if (std::trunc(*number) != *number || std::abs(*number) > kExactUpTo) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<double> JobConfig::get_number(std::string_view path) const {
  const ConfigNode* node = state_->scalar_at(path);
  if (node == nullptr) return std::nullopt;
  if (const auto* integer = std::get_if<std::int64_t>(&node->scalar))
    return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&node->scalar)) return *number;
  return std::nullopt;
}

std::optional<bool> JobConfig::get_bool(std::string_view path) const {
  const ConfigNode* node = state_->scalar_at(path);
  const bool* flag = node == nullptr ? nullptr : std::get_if<bool>(&node->scalar);
  return flag == nullptr ? std::nullopt : std::optional{*flag};
}

std::optional<std::string> JobConfig::get_string(std::string_view path) const {
  const ConfigNode* node = state_->scalar_at(path);
  const std::string* text = node == nullptr ? nullptr : std::get_if<std::string>(&node->scalar);
  return text == nullptr ? std::nullopt : std::optional{*text};
}

std::optional<std::size_t> JobConfig::list_size(std::string_view path) const {
  const ConfigNode* node = find_at_path(state_->root, path);
  return node != nullptr && node->kind == NodeKind::list ? std::optional{node->items.size()}
                                                         : std::nullopt;
}

std::vector<std::string> JobConfig::keys(std::string_view path) const {
  const ConfigNode* node = find_at_path(state_->root, path);
  return node == nullptr ? std::vector<std::string>{} : node->keys;
}

bool JobConfig::is_mapping(std::string_view path) const {
  const ConfigNode* node = find_at_path(state_->root, path);
  return node != nullptr && node->kind == NodeKind::mapping;
}

bool JobConfig::has(std::string_view path) const {
  return find_at_path(state_->root, path) != nullptr;
}

std::string JobConfig::text_of(std::string_view path) const {
  const ConfigNode* node = find_at_path(state_->root, path);
  if (node == nullptr) return {};
  if (node->kind == NodeKind::list) return "a list";
  return node->kind == NodeKind::mapping ? "a mapping" : node->text;
}

std::int32_t JobConfig::line_of(std::string_view path) const {
  const ConfigNode* node = find_at_path(state_->root, path);
  return node == nullptr ? 0 : node->line;
}

std::string JobConfig::name() const {
  const ConfigNode* node = state_->scalar_at("config.name");
  return node == nullptr ? std::string{} : node->text;  // `name: 123` is a name as well
}

bool JobConfig::is_aitoolkit() const {
  return list_size("config.process").has_value();
}

std::string JobConfig::redacted_json() const {
  return redacted_json_of(state_->root);
}

}  // namespace tidemark
