// Tidemark inside an ai-toolkit checkout: which files are made and edited there, and how all of it
// is undone. Files only; rows and commands are others' matter. Nothing is fetched or started.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "integrate/file_changes.h"
#include "integrate/state_file.h"

namespace tidemark {

struct IntegrateOptions {
  std::filesystem::path checkout{};
  bool separate_database = false;      // leave schema.prisma alone
  std::filesystem::path executable{};  // that hook, route and git call
  std::filesystem::path
      python_package{};  // the folder `tidemark` to copy; empty: none is to be had
  bool lenient = false;  // a file with unknown lines is left without ours, and noted
};

struct IntegrationPlan {
  /// Made before all others: the record of what may be there from now on, so that a call that is
  /// killed half-way leaves nothing that `--remove` does not know.
  std::optional<FileChange> intent{};
  std::vector<FileChange> changes{};                   // none: all is as it should be
  std::vector<std::string> notes{};                    // for people, one line each
  std::vector<std::filesystem::path> empty_folders{};  // that go when nothing is left in them
  std::vector<std::filesystem::path> made_folders{};   // by these changes
  bool has_models = false;                             // of our tables in schema.prisma, afterwards
};

/// What is to be done until all is in place. Errors: unsupported, not_found (this is no version
/// that is known: what is missing is named), invalid (a file of ours was changed, or one stands
/// where ours is to be).
Result<IntegrationPlan> plan_integration(const IntegrateOptions& options);

/// What is to be done until nothing is left. `keeps_database`: git goes on not to show it as new.
/// Errors: invalid (a file of ours was changed).
Result<IntegrationPlan> plan_removal(const std::filesystem::path& checkout, bool keeps_database);

/// Makes the plan's changes, all of them or none. Errors: those of carry_out.
Result<void> carry_out_plan(const IntegrationPlan& plan);

/// The other way round, after carry_out_plan: what was there comes back.
void take_back_plan(const IntegrationPlan& plan);

/// After the changes were made: git's index is told that the edited files are as it has them.
void refresh_git(const std::filesystem::path& checkout);

/// What earlier calls did here; absent: nothing.
Result<std::optional<IntegrationState>> read_state(const std::filesystem::path& checkout);

/// What git's filter makes of one of the edited files: `clean` takes our lines out, `smudge` puts
/// them in where the checkout is integrated. Text that cannot be dealt with stays as it is.
std::string filter_text(std::string_view direction, const std::filesystem::path& checkout,
                        std::string_view path, std::string text);

/// The package `tidemark` beside this executable: in the environment that it is installed in, or in
/// the build tree's. Empty: there is none.
std::filesystem::path find_python_package(const std::filesystem::path& executable);

/// "3.10" of the environment in the checkout (venv, .venv, env); empty: there is none.
std::string trainer_python(const std::filesystem::path& checkout);

/// Whether `package` has a native module for "3.10".
bool serves_python(const std::filesystem::path& package, const std::string& version);

}  // namespace tidemark
