#include "integrate/git_folder.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "core/text.h"
#include "integrate/file_changes.h"
#include "integrate/marked_text.h"
#include "os/command_output.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShebang = "#!/bin/sh\n";
// Whose language our lines are.
constexpr std::array<std::string_view, 6> kShells{"sh", "bash", "dash", "ash", "ksh", "zsh"};

/// The first line behind `beginning`, without blanks; empty: none.
std::string value_in(std::string_view text, std::string_view beginning) {
  const auto at = find_line(text, beginning);
  if (at == std::string_view::npos) return {};
  const auto line = trimmed(text.substr(at, text.find('\n', at) - at), " \t\r");
  return std::string{trimmed(line.substr(beginning.size()), " \t=\"")};
}

/// Of a work tree `.git` is a file that names the folder.
Result<std::optional<fs::path>> own_folder(const fs::path& checkout) {
  const auto git = checkout / ".git";
  std::error_code ignored;
  if (fs::is_directory(git, ignored)) return git;
  const auto file = read_whole_file(git);
  if (!file) return std::unexpected(file.error());
  if (!*file) return std::nullopt;
  const auto named = value_in(**file, "gitdir:");
  if (named.empty()) return std::nullopt;
  return (checkout / named).lexically_normal();
}

Result<fs::path> common_folder(const fs::path& own) {
  const auto named = read_whole_file(own / "commondir");
  if (!named) return std::unexpected(named.error());
  if (!*named) return own;
  auto common = (own / trimmed(**named, " \t\r\n")).lexically_normal();
  return common.has_filename() ? common : common.parent_path();  // "repo/" is repo
}

/// For a shell, whatever is in it.
std::string shell_word(std::string_view word) {
  std::string result = "'";
  for (const char c : word) result += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return result + "'";
}

/// The same as a value of git's config.
std::string config_value(std::string_view command) {
  std::string result = "\"";
  for (const char c : command) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string filter_lines(const fs::path& executable) {
  // git expands %f wherever it stands in the command.
  std::string name = executable.string();
  for (auto at = name.find('%'); at != std::string::npos; at = name.find('%', at + 2))
    name.insert(at, 1, '%');
  const auto program = shell_word(name) + " integrate git-filter ";
  return "[filter \"tidemark\"]\n\tclean = " + config_value(program + "clean %f") +
         "\n\tsmudge = " + config_value(program + "smudge %f") + "\n";
}

std::string hook_lines(const fs::path& executable) {
  const auto program = shell_word(executable.string());
  return "if [ -x " + program + " ]; then\n  " + program +
         " integrate ai-toolkit \"$(git rev-parse --show-toplevel)\" --repair >&2 || :\nfi\n";
}

std::string lines_of(const std::vector<std::string>& paths, std::string_view ending) {
  std::string lines;
  for (const auto& path : paths) lines += git_pattern(path) + std::string{ending} + "\n";
  return lines;
}

Result<std::string> ask_git(const fs::path& checkout, std::vector<std::string> words) {
  constexpr std::chrono::seconds kPatience{30};
  std::vector<std::string> command{"git", "-C", checkout.string(), "--literal-pathspecs"};
  command.insert(command.end(), words.begin(), words.end());
  return read_command(command, kPatience);
}

/// By the interpreter that its first line names, also through env(1).
bool is_shell_script(std::string_view text) {
  if (!text.starts_with("#!")) return false;
  std::istringstream words{std::string{text.substr(2, text.find('\n') - 2)}};
  for (std::string word; words >> word;) {
    const auto name = fs::path{word}.filename().string();
    if (name == "env" || word.starts_with('-')) continue;
    return std::ranges::find(kShells, name) != kShells.end();
  }
  return false;
}

}  // namespace

std::string git_pattern(std::string_view path) {
  std::string pattern = "/";
  for (const char c : path) {
    if (std::string_view{"[]*?\\ "}.contains(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

Result<std::optional<GitFolder>> find_git_folder(const fs::path& checkout) {
  const auto own = own_folder(checkout);
  if (!own) return std::unexpected(own.error());
  if (!*own) return std::nullopt;
  const auto common = common_folder(**own);
  if (!common) return std::unexpected(common.error());
  const auto config = read_whole_file(*common / "config");
  if (!config) return std::unexpected(config.error());
  auto hooks = value_in(config->value_or(""), "hooksPath");
  if (hooks.empty()) hooks = value_in(config->value_or(""), "hookspath");
  const auto* const home = std::getenv("HOME");
  if (hooks.starts_with("~/") && home != nullptr) hooks = home + hooks.substr(1);
  return GitFolder{
      .common = *common,
      .hooks = hooks.empty() ? *common / "hooks" : (checkout / hooks).lexically_normal()};
}

void refresh_git_index(const fs::path& checkout, const std::vector<std::string>& paths) {
  std::vector<std::string> look{"diff", "--name-only", "-z", "--"};
  look.insert(look.end(), paths.begin(), paths.end());
  const auto told = ask_git(checkout, std::move(look));
  if (!told) return;
  const auto changed = std::string{'\0'} + *told;
  std::vector<std::string> add{"add", "--"};
  for (const auto& path : paths)
    if (!changed.contains(std::string{'\0'} + path + '\0')) add.push_back(path);
  if (add.size() > 2) (void)ask_git(checkout, std::move(add));
}

std::vector<GitFile> git_files(const GitFolder& git, const GitLines& lines) {
  const bool is_called = !lines.executable.empty();
  std::vector<GitFile> files{
      {.path = git.common / "info" / "exclude", .lines = lines_of(lines.ignored, "")},
      {.path = git.common / "info" / "attributes",
       .lines = lines_of(lines.filtered, " filter=tidemark")},
      {.path = git.common / "config", .lines = is_called ? filter_lines(lines.executable) : ""}};
  for (const auto* const hook : {"post-merge", "post-checkout"})
    files.push_back({.path = git.hooks / hook,
                     .lines = is_called ? hook_lines(lines.executable) : "",
                     .is_hook = true});
  return files;
}

Result<std::optional<std::string>> with_lines(const GitFile& file,
                                              const std::optional<std::string>& text) {
  const auto bare = without_ours(text.value_or(""));
  if (!bare) return std::unexpected(bare.error());
  if (file.lines.empty()) {
    const bool only_ours = text && *bare != *text && (bare->empty() || *bare == kShebang);
    return only_ours || !text ? std::nullopt : std::optional{*bare};
  }
  if (!file.is_hook) return with_block(*bare, 0, file.lines, CommentKind::hash);
  const auto script = bare->empty() ? std::string{kShebang} : *bare;
  if (!is_shell_script(script) || !script.contains('\n'))
    return fail(Errc::unsupported, "is no shell script, and what it runs is not known");
  return with_block(script, script.find('\n') + 1, file.lines, CommentKind::hash);
}

}  // namespace tidemark
