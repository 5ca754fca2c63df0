#include <algorithm>
#include <utility>

#include "integrate/git_folder.h"
#include "integrate/integrate.h"
#include "integrate/known_files.h"
#include "integrate/marked_text.h"
#include "integrate/payload.h"
#include "integrate/python_package.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr auto kExtension = "extensions/tidemark_monitor/";

Error at_path(const fs::path& path, Error error) {
  if (!error.message.starts_with('/')) error.message = path.string() + ": " + error.message;
  return error;
}

/// Collects what differs from what is there.
class Planner {
 public:
  Planner(fs::path checkout, IntegrationState earlier)
      : checkout_(std::move(checkout)), earlier_(std::move(earlier)) {
    state_.folders = earlier_.folders;
  }

  Result<void> edit(const KnownFile& file, bool with_ours, bool lenient) {
    const auto path = checkout_ / file.path;
    const auto text = read_whole_file(path);
    if (!text) return std::unexpected(text.error());
    if (!*text) {
      if (lenient || !with_ours) return {};
      return fail(Errc::not_found,
                  path.string() + ": is not there; this is no version of ai-toolkit that is known");
    }
    auto wanted = with_ours ? edited(file, **text) : without_ours(**text);
    if (!wanted && lenient && with_ours) {
      plan_.notes.push_back(at_path(path, wanted.error()).message);
      wanted = without_ours(**text);
    } else if (wanted && with_ours && file.is_schema) {
      plan_.has_models = true;
    }
    if (!wanted) return std::unexpected(at_path(path, wanted.error()));
    want(path, *text, *wanted);
    return {};
  }

  /// A file of ours as a whole.
  Result<void> place(const std::string& relative, std::string_view content) {
    const auto path = checkout_ / relative;
    const auto there = read_whole_file(path);
    if (!there) return std::unexpected(there.error());
    if (*there && **there != content)
      if (auto done = require_ours(relative, path, **there); !done) return done;
    note_folders(relative);
    state_.files[relative] = fingerprint(content);
    want(path, *there, std::string{content});
    return {};
  }

  /// What an earlier call placed below `folder` stays as it is. Answers whether there is anything.
  bool keep(std::string_view folder) {
    bool any = false;
    for (const auto& [relative, known] : earlier_.files)
      if (relative.starts_with(folder)) {
        state_.files[relative] = known;
        any = true;
      }
    return any;
  }

  /// What earlier calls made and this one does not want.
  Result<void> drop_others() {
    for (const auto& [relative, known] : earlier_.files) {
      if (state_.files.contains(relative)) continue;
      const auto path = checkout_ / relative;
      const auto there = read_whole_file(path);
      if (!there) return std::unexpected(there.error());
      if (!*there) {
        drop_prepared(path);
        continue;
      }
      if (auto done = require_ours(relative, path, **there); !done) return done;
      want(path, *there, std::nullopt);
    }
    return {};
  }

  Result<void> tell_git(const std::vector<GitFile>& files) {
    for (const auto& file : files) {
      const auto text = read_whole_file(file.path);
      if (!text) return std::unexpected(text.error());
      const auto wanted = with_lines(file, *text);
      if (!wanted && file.is_hook)
        plan_.notes.push_back(at_path(file.path, wanted.error()).message + "; it is left alone");
      else if (!wanted)
        return std::unexpected(at_path(file.path, wanted.error()));
      else
        want(file.path, *text, *wanted, file.is_hook);
    }
    return {};
  }

  Result<void> write_state(bool separate) {
    state_.separate_database = separate;
    const auto path = state_file_of(checkout_);
    const auto there = read_whole_file(path);
    if (!there) return std::unexpected(there.error());
    note_folders(path.lexically_relative(checkout_).string());
    const auto wanted = state_text(state_);
    if (*there == wanted) return {};
    auto before = *there;
    if (!plan_.changes.empty()) {
      const auto either = state_text(either_state(earlier_, state_));
      plan_.intent = FileChange{.path = path, .before = before, .after = either};
      before = either;
    }
    want(path, before, wanted);
    return {};
  }

  Result<void> drop_state() {
    const auto path = state_file_of(checkout_);
    const auto there = read_whole_file(path);
    if (!there) return std::unexpected(there.error());
    want(path, *there, std::nullopt);
    for (const auto& folder : earlier_.folders) {
      plan_.empty_folders.push_back(checkout_ / folder);
      plan_.empty_folders.push_back(checkout_ / folder / "__pycache__");
    }
    plan_.empty_folders.push_back(
        path.parent_path());  // of a call that was killed before any record
    return {};
  }

  IntegrationPlan take() { return std::move(plan_); }
  void note(std::string line) { plan_.notes.push_back(std::move(line)); }

 private:
  void want(const fs::path& path, const std::optional<std::string>& there,
            std::optional<std::string> wanted, bool executable = false) {
    if (there == wanted) return drop_prepared(path);
    plan_.changes.push_back(
        {.path = path, .before = there, .after = std::move(wanted), .executable = executable});
  }

  /// Of a call that was killed.
  void drop_prepared(const fs::path& path) {
    const auto beside = prepared_beside(path);
    const auto left = read_whole_file(beside);
    if (left && *left)
      plan_.changes.push_back({.path = beside, .before = *left, .after = std::nullopt});
  }

  Result<void> require_ours(const std::string& relative, const fs::path& path,
                            std::string_view content) const {
    const auto known = earlier_.files.find(relative);
    if (known == earlier_.files.end())
      return fail(Errc::invalid,
                  path.string() + ": is there already and is not Tidemark's; move it away");
    if (is_known(known->second, fingerprint(content))) return {};
    return fail(Errc::invalid,
                path.string() + ": was changed since Tidemark put it there; move it away");
  }

  /// Those above it that are not there yet.
  void note_folders(const std::string& relative) {
    std::error_code ignored;
    for (auto folder = fs::path{relative}.parent_path(); !folder.empty();
         folder = folder.parent_path())
      if (!fs::exists(checkout_ / folder, ignored) && state_.folders.insert(folder.string()).second)
        plan_.made_folders.push_back(checkout_ / folder);
  }

  fs::path checkout_;
  IntegrationState earlier_;
  IntegrationState state_{};
  IntegrationPlan plan_{};
};

Result<void> place_package(Planner& planner, const IntegrateOptions& options) {
  const auto version = trainer_python(options.checkout);
  const auto folder = std::string{kExtension} + "packages/tidemark/";
  if (options.python_package.empty()) {
    if (planner.keep(folder)) return {};
    planner.note("no Python package `tidemark` was found beside " + options.executable.string() +
                 ": the hook stays silent until one is installed into the trainer's environment");
    return {};
  }
  if (!version.empty() && !serves_python(options.python_package, version))
    planner.note("the trainer's Python is " + version + ", and the package in " +
                 options.python_package.string() +
                 " is for another: the hook stays silent until `pip install ./bindings/python` has "
                 "been run in the "
                 "trainer's environment");
  const auto files = read_python_package(options.python_package);
  if (!files) return std::unexpected(files.error());
  for (const auto& [path, content] : *files)
    if (auto done = planner.place(folder + path, content); !done) return done;
  return {};
}

Result<void> place_all(Planner& planner, const IntegrateOptions& options) {
  for (const auto& file : payload())
    if (auto done = planner.place(std::string{file.path}, file.content); !done) return done;
  if (auto done =
          planner.place(std::string{kExtension} + "executable", options.executable.string() + "\n");
      !done)
    return done;
  if (auto done = place_package(planner, options); !done) return done;
  return planner.drop_others();
}

std::vector<std::string> database_paths() {
  return {".tidemark_database", "aitk_metrics.db", "aitk_metrics.db-wal", "aitk_metrics.db-shm",
          "aitk_metrics/"};
}

std::vector<std::string> ignored_paths() {
  auto paths = database_paths();
  paths.emplace_back(".tidemark/");
  for (const auto& file : payload())
    if (!file.path.starts_with("extensions/"))  // ai-toolkit's own .gitignore has these
      paths.emplace_back(file.path);
  return paths;
}

std::vector<std::string> filtered_paths(bool with_schema) {
  std::vector<std::string> paths;
  for (const auto& file : known_files())
    if (with_schema || !file.is_schema) paths.emplace_back(file.path);
  return paths;
}

Result<void> tell_git(Planner& planner, const fs::path& checkout, const GitLines& lines) {
  const auto git = find_git_folder(checkout);
  if (!git) return std::unexpected(git.error());
  if (!*git) return {};
  return planner.tell_git(git_files(**git, lines));
}

}  // namespace

Result<std::optional<IntegrationState>> read_state(const fs::path& checkout) {
  const auto path = state_file_of(checkout);
  const auto text = read_whole_file(path);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto state = parse_state(**text);
  if (!state) return std::unexpected(at_path(path, state.error()));
  return *state;
}

Result<IntegrationPlan> plan_integration(const IntegrateOptions& options) {
  const auto earlier = read_state(options.checkout);
  if (!earlier) return std::unexpected(earlier.error());
  Planner planner{options.checkout, earlier->value_or(IntegrationState{})};
  for (const auto& file : known_files()) {
    const bool with_ours = !(file.is_schema && options.separate_database);
    if (auto done = planner.edit(file, with_ours, options.lenient); !done)
      return std::unexpected(done.error());
  }
  if (auto done = place_all(planner, options); !done) return std::unexpected(done.error());
  if (auto done = tell_git(
          planner, options.checkout,
          {ignored_paths(), filtered_paths(!options.separate_database), options.executable});
      !done)
    return std::unexpected(done.error());
  if (auto done = planner.write_state(options.separate_database); !done)
    return std::unexpected(done.error());
  return planner.take();
}

Result<IntegrationPlan> plan_removal(const fs::path& checkout, bool keeps_database) {
  const auto earlier = read_state(checkout);
  if (!earlier) return std::unexpected(earlier.error());
  Planner planner{checkout, earlier->value_or(IntegrationState{})};
  for (const auto& file : known_files())
    if (auto done = planner.edit(file, false, false); !done) return std::unexpected(done.error());
  if (auto done = planner.drop_others(); !done) return std::unexpected(done.error());
  if (auto done =
          tell_git(planner, checkout,
                   {keeps_database ? database_paths() : std::vector<std::string>{}, {}, {}});
      !done)
    return std::unexpected(done.error());
  if (auto done = planner.drop_state(); !done) return std::unexpected(done.error());
  return planner.take();
}

void refresh_git(const fs::path& checkout) {
  const auto git = find_git_folder(checkout);
  if (git && *git) refresh_git_index(checkout, filtered_paths(true));
}

std::string filter_text(std::string_view direction, const fs::path& checkout, std::string_view path,
                        std::string text) {
  const auto* file = find_known_file(path);
  if (file == nullptr) return text;
  if (direction == "clean") return without_ours(text).value_or(text);
  const auto state = read_state(checkout);
  if (!state || !*state || (file->is_schema && (*state)->separate_database)) return text;
  return edited(*file, text).value_or(text);
}

}  // namespace tidemark
