// `integrate`: shows what it does to a checkout, does it, undoes it.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/integrate_rows.h"
#include "cli/terminal_output.h"
#include "clients/clients.h"
#include "integrate/integrate.h"
#include "os/process_facts.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

Result<fs::path> checkout_at(const std::string& folder) {
  std::error_code failed;
  auto named = fs::weakly_canonical(fs::absolute(folder, failed), failed);
  if (!failed && find_aitoolkit_checkout(named) == named) return named;
  return fail(
      Errc::invalid,
      folder + ": is no ai-toolkit folder (it would hold run.py, toolkit and extensions_built_in)");
}

std::string describe(const FileChange& change, const fs::path& checkout) {
  const auto* const verb = !change.before ? "create" : !change.after ? "remove" : "edit";
  const auto below = change.path.lexically_relative(checkout).string();
  return fmt::format("{:<7} {}", verb, below.starts_with("..") ? change.path.string() : below);
}

/// Many files of one folder are one line.
std::vector<std::string> summary_of(const IntegrationPlan& plan, const fs::path& checkout) {
  constexpr std::string_view kPackages = "extensions/tidemark_monitor/packages/";
  std::vector<std::string> lines;
  std::size_t packed = 0;
  for (const auto& change : plan.changes) {
    auto line = describe(change, checkout);
    if (line.contains(kPackages))
      ++packed;
    else
      lines.push_back(std::move(line));
  }
  if (packed > 0)
    lines.push_back(
        fmt::format("{:<7} {} ({} files of the Python package)", "write", kPackages, packed));
  return lines;
}

void show(const IntegrationPlan& plan, const fs::path& checkout) {
  for (const auto& line : summary_of(plan, checkout)) fmt::print("  {}\n", line);
  for (const auto& note : plan.notes) say(note);
}

struct Places {
  fs::path checkout{};
  fs::path shared{};
  fs::path apart{};
  bool told_elsewhere = false;  // a watcher was given another database
};

Places places_of(const fs::path& checkout) {
  Places places{.checkout = checkout,
                .shared = aitoolkit_job_table(checkout),
                .apart = aitoolkit_separate_database(checkout)};
  const auto now = aitoolkit_database(checkout);
  places.told_elsewhere = now && *now != places.shared && *now != places.apart;
  return places;
}

Result<void> apply_files(const fs::path& checkout, const IntegrationPlan& plan) {
  auto done = carry_out_plan(plan);
  if (done) {
    if (!plan.changes.empty()) refresh_git(checkout);
    for (const auto& folder : plan.empty_folders)
      if (folder.filename() == "__pycache__") {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
      }
    remove_empty_folders(plan.empty_folders);
  }
  return done;
}

void tell_rows(std::int64_t rows, const fs::path& to) {
  if (rows > 0) fmt::print("moved {} rows to {}\n", rows, to.string());
}

/// Tables that the schema does not know keep ai-toolkit from starting: so rows come to `aitk_db.db`
/// after the models, and go before them.
Result<void> change_checkout(const IntegrationPlan& plan, const Places& places, bool to_shared) {
  const auto& [from, to] =
      to_shared ? std::pair{places.apart, places.shared} : std::pair{places.shared, places.apart};
  const auto move = [&, &from = from, &to = to]() -> Result<void> {
    std::error_code ignored;
    if (to_shared && !fs::exists(to, ignored)) return {};  // ai-toolkit has never been started
    const auto rows = bring_rows(from, to);
    if (!rows) return std::unexpected(rows.error());
    tell_rows(*rows, to);
    return {};
  };
  if (!to_shared)
    if (auto done = move(); !done) return done;
  if (auto done = apply_files(places.checkout, plan); !done) return done;
  if (!to_shared) return {};
  auto done = move();
  if (!done) {
    take_back_plan(plan);
    refresh_git(places.checkout);
  }
  return done;
}

IntegrateOptions options_for(const IntegrateCommand& command, const fs::path& checkout,
                             const Places& places) {
  const fs::path executable = own_executable();
  return {.checkout = checkout,
          .separate_database = command.separate_db || places.told_elsewhere,
          .executable = executable,
          .python_package = command.package.empty() ? find_python_package(executable)
                                                    : fs::path{command.package}};
}

/// What would still have to be done, and whether the rows are where they belong.
int check(const IntegrationPlan& plan, const fs::path& checkout, bool json) {
  const auto to_do = summary_of(plan, checkout);
  if (json)
    fmt::print(
        "{}\n",
        nlohmann::json{{"in_place", to_do.empty()}, {"to_do", to_do}, {"notes", plan.notes}}.dump(
            2));
  else if (to_do.empty())
    fmt::print("Tidemark is in place in {}\n", checkout.string());
  else
    fmt::print("Not in place in {}; `tidemark integrate ai-toolkit {}` would\n", checkout.string(),
               checkout.string());
  if (!json) show(plan, checkout);
  return to_do.empty() ? 0 : 1;
}

int remove(const fs::path& checkout, const Places& places, bool dry_run) {
  std::error_code ignored;
  const auto shared = has_store_tables(places.shared);
  if (!shared) return fail_with(shared.error());
  const auto plan = plan_removal(checkout, *shared || fs::exists(places.apart, ignored));
  if (!plan) return fail_with(plan.error());
  show(*plan, checkout);
  if (dry_run) return 0;
  if (const auto done = change_checkout(*plan, places, false); !done)
    return fail_with(done.error());
  fmt::print("Tidemark is no longer in {}\n", checkout.string());
  if (fs::exists(places.apart, ignored))
    fmt::print("what was recorded is in {}\n", places.apart.string());
  return 0;
}

int install(const IntegrateCommand& command, const fs::path& checkout, const Places& places) {
  const auto options = options_for(command, checkout, places);
  const auto plan = plan_integration(options);
  if (!plan) return fail_with(plan.error());
  if (command.check) return check(*plan, checkout, command.json);
  if (places.told_elsewhere && !command.separate_db)
    say("the rows stay where a watcher was told to keep them (.tidemark_database); schema.prisma "
        "is left alone");
  show(*plan, checkout);
  if (command.dry_run) return 0;
  if (const auto done = change_checkout(*plan, places, plan->has_models); !done)
    return fail_with(done.error());
  fmt::print(
      "Tidemark is in place in {}{}\n", checkout.string(),
      plan->changes.empty() ? "" : "; ai-toolkit's UI shows it from its next build and start on");
  return 0;
}

}  // namespace

Result<void> repair_integration(const fs::path& folder) {
  std::error_code failed;
  const auto checkout = fs::weakly_canonical(folder, failed);
  const auto state = read_state(checkout);
  if (!state) return std::unexpected(state.error());
  if (!*state) return {};
  const auto places = places_of(checkout);
  auto options = options_for({}, checkout, places);
  options.separate_database = options.separate_database || (*state)->separate_database;
  options.lenient = true;
  const auto plan = plan_integration(options);
  if (!plan) return std::unexpected(plan.error());
  if (!plan->changes.empty()) show(*plan, checkout);
  return change_checkout(*plan, places, plan->has_models);
}

int integrate_command(const IntegrateCommand& command) {
  const auto checkout = checkout_at(command.folder);
  if (command.repair) {
    const auto done = checkout ? repair_integration(*checkout) : Result<void>{};
    return done ? 0 : fail_with(done.error());
  }
  if (!checkout) {
    (void)fail_with(checkout.error());
    return 2;
  }
  const auto places = places_of(*checkout);
  return command.remove ? remove(*checkout, places, command.dry_run)
                        : install(command, *checkout, places);
}

int git_filter_command(const std::string& direction, const std::string& path) {
  std::string text{std::istreambuf_iterator<char>{std::cin}, std::istreambuf_iterator<char>{}};
  std::error_code failed;
  const auto checkout = fs::current_path(failed);  // git runs filters at the top of the work tree
  text = filter_text(direction, checkout, path, std::move(text));
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0
             ? 0
             : 1;
}

}  // namespace tidemark
