#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "clients/clients.h"

namespace tidemark {
namespace {

class Checkout : public ::testing::Test {
 protected:
  Checkout() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_aitk_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    for (const char* folder : {"toolkit", "extensions_built_in", "ui/prisma", "output/my_lora"})
      std::filesystem::create_directories(root_ / folder);
    std::ofstream{root_ / "run.py"} << "# entry\n";
    std::ofstream{root_ / "ui/prisma/schema.prisma"} << "model Job {\n}\n";
  }
  ~Checkout() override { std::filesystem::remove_all(root_); }
  std::filesystem::path root_;
};

TEST_F(Checkout, is_found_from_a_folder_inside_it) {
  EXPECT_EQ(find_aitoolkit_checkout(root_ / "output/my_lora"), root_);
  EXPECT_EQ(find_aitoolkit_checkout("/usr/share"), std::nullopt);
}

TEST_F(Checkout, keeps_metrics_beside_its_database_until_the_schema_knows_our_tables) {
  EXPECT_EQ(aitoolkit_database(root_), root_ / "aitk_metrics.db");
  std::ofstream{root_ / "ui/prisma/schema.prisma"}
      << "model MetricsSample {\n}\nmodel TidemarkRun {\n}\n";
  EXPECT_EQ(aitoolkit_database(root_), root_ / "aitk_db.db");
}

TEST_F(Checkout, finds_the_database_again_where_it_was_told_to_be) {
  ASSERT_TRUE(remember_aitoolkit_database(root_, "/data/rows.db"));
  EXPECT_EQ(aitoolkit_database(root_ / "output"), "/data/rows.db");
  ASSERT_TRUE(remember_aitoolkit_database(root_, root_ / "aitk_metrics.db"));
  EXPECT_EQ(aitoolkit_database(root_), root_ / "aitk_metrics.db");
}

TEST_F(Checkout, a_note_that_holds_no_path_is_none) {
  std::ofstream{root_ / ".tidemark_database"} << "rows.db\n";
  EXPECT_EQ(aitoolkit_database(root_), root_ / "aitk_metrics.db");
}

TEST_F(Checkout, a_folder_that_was_mounted_for_it_is_used) {
  std::filesystem::create_directory(root_ / "aitk_metrics");
  EXPECT_EQ(aitoolkit_database(root_), root_ / "aitk_metrics/aitk_metrics.db");
}

}  // namespace
}  // namespace tidemark
