#include "integrate/python_package.h"

#include <array>
#include <optional>
#include <string_view>

#include "core/text.h"
#include "integrate/file_changes.h"
#include "integrate/integrate.h"
#include "integrate/marked_text.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr auto kPackage = "tidemark";

bool is_package(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_regular_file(folder / "integrations" / "aitoolkit.py", ignored)) return false;
  for (const auto& entry : fs::directory_iterator{folder, ignored})
    if (entry.path().filename().string().starts_with("_tidemark.")) return true;
  return false;
}

/// `ENVIRONMENT/lib/python3.*/site-packages/tidemark`; empty: none.
fs::path package_in(const fs::path& environment) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{environment / "lib", ignored}) {
    const auto package = entry.path() / "site-packages" / kPackage;
    if (entry.path().filename().string().starts_with("python3.") && is_package(package))
      return package;
  }
  return {};
}

bool is_wanted(const fs::path& file) {
  const auto kind = file.extension();
  return kind == ".py" || kind == ".pyi" || kind == ".so" || file.filename() == "py.typed";
}

}  // namespace

Result<std::map<std::string, std::string>> read_python_package(const fs::path& package) {
  std::map<std::string, std::string> files;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator{package, failed}) {
    if (!entry.is_regular_file(failed) || !is_wanted(entry.path())) continue;
    auto content = read_whole_file(entry.path());
    if (!content) return std::unexpected(content.error());
    if (*content) files.emplace(entry.path().lexically_relative(package).string(), **content);
  }
  if (failed) return fail(Errc::io, package.string() + ": " + failed.message());
  return files;
}

fs::path find_python_package(const fs::path& executable) {
  auto folder = executable.parent_path();
  for (int up = 0; up < 4 && folder.has_relative_path(); ++up, folder = folder.parent_path())
    for (const auto& environment : {folder, folder / ".venv"})
      if (auto package = package_in(environment); !package.empty()) return package;
  return {};
}

std::string trainer_python(const fs::path& checkout) {
  for (const auto name : {"venv", ".venv", "env"}) {
    const auto told = read_whole_file(checkout / name / "pyvenv.cfg");
    if (!told || !*told) continue;
    const auto at = find_line(**told, "version");
    if (at == std::string_view::npos) continue;
    const auto line = std::string_view{**told}.substr(at, (*told)->find('\n', at) - at);
    const auto value = trimmed(line.substr(line.find('=') + 1), " \t\r");
    const auto second_dot = value.find('.', value.find('.') + 1);
    return std::string{value.substr(0, second_dot)};
  }
  return {};
}

bool serves_python(const fs::path& package, const std::string& version) {
  std::string tag = version;
  std::erase(tag, '.');
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{package, ignored})
    if (const auto name = entry.path().filename().string();
        name.starts_with("_tidemark.") && (name.contains("-" + tag + "-") || name.contains("abi3")))
      return true;
  return false;
}

}  // namespace tidemark
