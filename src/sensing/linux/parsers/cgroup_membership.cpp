#include "sensing/linux/parsers/cgroup_membership.h"

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

bool has_item(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (list.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool leaves_namespace(std::string_view path) {
  return path.contains("/../") || path.ends_with("/..");
}

// Space, tab, newline and backslash are written as \ooo in mountinfo.
std::string unescape_octal(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// "36 35 98:0 /root /mount/point options optional... - type source super-options"
std::optional<CgroupMount> parse_mount(std::string_view line) {
  for (int field = 0; field < 3; ++field) take_word(line);
  const auto root = take_word(line);
  const auto mount_point = take_word(line);
  while (!line.empty() && take_word(line) != "-") {
  }
  const auto type = take_word(line);
  take_word(line);  // source
  const bool is_v1_memory = type == "cgroup" && has_item(take_word(line), "memory");
  if (type != "cgroup2" && !is_v1_memory) return std::nullopt;
  return CgroupMount{.version = is_v1_memory ? CgroupVersion::v1 : CgroupVersion::v2,
                     .root = unescape_octal(root),
                     .mount_point = unescape_octal(mount_point)};
}

}  // namespace

std::optional<CgroupMembership> parse_cgroup_membership(std::string_view text) {
  std::optional<CgroupMembership> found;
  while (!text.empty()) {
    // "4:memory:/a/b" or "0::/a/b"; a path may hold colons.
    const auto line = take_line(text);
    const auto first = line.find(':');
    if (first == std::string_view::npos) continue;
    const auto second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto path = line.substr(second + 1);
    if (!path.starts_with('/')) continue;
    if (has_item(controllers, "memory"))
      return CgroupMembership{CgroupVersion::v1, std::string{path}};
    if (controllers.empty() && line.substr(0, first) == "0")
      found = CgroupMembership{CgroupVersion::v2, std::string{path}};
  }
  return found;
}

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo) {
  std::vector<CgroupMount> mounts;
  while (!mountinfo.empty())
    if (auto mount = parse_mount(take_line(mountinfo))) mounts.push_back(std::move(*mount));
  return mounts;
}

std::optional<std::string_view> path_below(std::string_view path, std::string_view root) {
  if (leaves_namespace(path) || leaves_namespace(root)) return std::nullopt;
  if (root == "/") return path == "/" ? std::string_view{} : path;
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

}  // namespace tidemark
