#include "cli/container_storage.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace tidemark {
namespace {

// Blank, tab, newline and backslash are written as \040, \011, \012 and \134 (proc(5)).
std::string unescaped(std::string_view text) {
  constexpr std::size_t kDigits = 3;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool code = text[i] == '\\' && i + kDigits < text.size() &&
                      std::ranges::all_of(
                          text.substr(i + 1, kDigits), [](char c) { return c >= '0' && c <= '7'; });
    if (!code) {
      plain += text[i];
      continue;
    }
    plain +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += kDigits;
  }
  return plain;
}

std::optional<Mount> parse_line(const std::string& line) {
  constexpr int kPointField = 4;
  std::istringstream fields{line};
  std::string field;
  Mount mount;
  for (int i = 0; fields >> field && field != "-"; ++i)
    if (i == kPointField) mount.point = unescaped(field);
  if (!(fields >> mount.file_system) || mount.point.empty()) return std::nullopt;
  return mount;
}

bool covers(const std::string& point, const std::string& path) {
  if (point == "/" || path == point) return true;
  return path.starts_with(point) && path[point.size()] == '/';
}

bool in_container(const HostRoot& host, const std::vector<Mount>& mounts) {
  // Docker's and Podman's own marks; else a root of layers, which no installed machine has.
  if (host.exists(".dockerenv") || host.exists("run/.containerenv")) return true;
  const auto* root = mount_of(mounts, "/");
  return root != nullptr && root->file_system.ends_with("overlay");
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);)
    if (auto mount = parse_line(line)) mounts.push_back(std::move(*mount));
  return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path) {
  const Mount* best = nullptr;
  for (const auto& mount : mounts)
    if (covers(mount.point, path.string()) &&
        (best == nullptr || mount.point.size() >= best->point.size()))
      best = &mount;
  return best;
}

std::optional<std::string> vanishing_storage(const HostRoot& host,
                                             const std::filesystem::path& database,
                                             const std::filesystem::path& checkout) {
  const auto text = host.read("proc/self/mountinfo");
  if (!text) return std::nullopt;
  const auto mounts = parse_mountinfo(*text);
  // The folder, not the file: SQLite keeps the newest rows in a file beside it.
  const auto* mount = mount_of(mounts, database.parent_path());
  if (mount == nullptr || !in_container(host, mounts)) return std::nullopt;
  const bool vanishes = mount->point == "/" || mount->file_system == "tmpfs";
  if (!vanishes) return std::nullopt;
  const auto folder = (checkout / "aitk_metrics").string();
  return "what is recorded here goes when this container is removed: " +
         database.parent_path().string() +
         " is on no volume. These lines of the compose file keep it, with no other change:\n"
         "    volumes:\n"
         "      - ./aitk_metrics:" +
         folder;
}

}  // namespace tidemark
