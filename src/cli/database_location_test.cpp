#include "cli/database_location.h"

#include <gtest/gtest.h>

#include <map>

namespace tidemark {
namespace {

Environment with(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

const Environment kBoth = with({{"TIDEMARK_DB", "/srv/env.db"}, {"HOME", "/home/ann"}});

TEST(DatabaseLocation, the_option_wins_over_the_environment_over_the_data_folder) {
  EXPECT_EQ(locate_database("x.db", kBoth, "/usr/share"), "/usr/share/x.db");
  EXPECT_EQ(locate_database("", kBoth, "/usr/share"), "/srv/env.db");
  EXPECT_EQ(locate_database("", with({{"HOME", "/home/ann"}}), "/usr/share"),
            "/home/ann/.local/share/tidemark/tidemark.db");
  EXPECT_EQ(
      locate_database("", with({{"HOME", "/home/ann"}, {"XDG_DATA_HOME", "/data"}}), "/usr/share"),
      "/data/tidemark/tidemark.db");
}

TEST(DatabaseLocation, without_any_place_it_says_what_to_do) {
  const auto found = locate_database("", with({}), "/usr/share");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("--db"), std::string::npos);
}

TEST(DatabaseLocation, a_server_url_is_refused_by_name_not_made_a_file) {
  const auto found = locate_database("postgresql://h/db", kBoth, "/usr/share");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::unsupported);
}

TEST(DatabaseLocation, the_rescue_is_never_the_database_that_refused) {
  for (const auto& file : rescue_databases("/home/ann/.local/share/tidemark/rescued.db", kBoth))
    EXPECT_NE(file, "/home/ann/.local/share/tidemark/rescued.db");
  EXPECT_EQ(rescue_databases("/srv/env.db", kBoth).front(),
            "/home/ann/.local/share/tidemark/rescued.db");
}

TEST(RescueDatabases, never_lie_in_a_folder_that_somebody_else_prepared) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "tidemark_rescue_XXXXXX").string();
  const std::filesystem::path runtime = ::mkdtemp(pattern.data());
  const auto folder = runtime / ("tidemark-" + std::to_string(::getuid()));
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    return name == "XDG_RUNTIME_DIR" ? std::optional{runtime.string()} : std::nullopt;
  };
  const std::vector<std::filesystem::path> ours{folder / "rescued.db"};
  EXPECT_EQ(rescue_databases("/srv/env.db", environment), ours) << "it is made then, for us alone";
  std::filesystem::create_directory_symlink("/tmp", folder);
  EXPECT_TRUE(rescue_databases("/srv/env.db", environment).empty());
  std::filesystem::remove(folder);
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::all);
  EXPECT_TRUE(rescue_databases("/srv/env.db", environment).empty());
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  EXPECT_EQ(rescue_databases("/srv/env.db", environment), ours);
  std::filesystem::remove_all(runtime);
}

}  // namespace
}  // namespace tidemark
