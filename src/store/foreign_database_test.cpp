#include <array>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

std::int64_t count_rows(ForeignDatabase& db) {
  std::int64_t count = -1;
  const auto asked =
      db.query("SELECT count(*) FROM t WHERE x >= ?", std::array<ForeignValue, 1>{std::int64_t{2}},
               [&](const ForeignRow& row) { count = *row.integer(0); });
  EXPECT_TRUE(asked) << asked.error().message;
  return count;
}

TEST(ForeignDatabase, is_read_and_seen_to_change) {
  const TemporaryFolder folder;
  OtherProgram owner{folder / "f.db"};
  owner.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
  auto db = ForeignDatabase::open(folder / "f.db");
  ASSERT_TRUE(db) << db.error().message;
  EXPECT_EQ(count_rows(*db), 1);
  const auto before = db->version().value();
  EXPECT_EQ(db->version().value(), before);
  owner.run("INSERT INTO t VALUES (3)");
  EXPECT_NE(db->version().value(), before);
  EXPECT_EQ(count_rows(*db), 2);
  EXPECT_FALSE(db->is_frozen());
}

TEST(ForeignDatabase, cannot_be_written) {
  const TemporaryFolder folder;
  OtherProgram owner{folder / "f.db"};
  owner.run("CREATE TABLE t (x)");
  auto db = ForeignDatabase::open(folder / "f.db");
  EXPECT_EQ(db->query("INSERT INTO t VALUES (1)", {}, [](const auto&) {}).error().code,
            Errc::read_only);
}

TEST(ForeignDatabase, leaves_the_owner_its_locks_after_an_answer_that_was_not_read_to_its_end) {
  const TemporaryFolder folder;
  OtherProgram owner{folder / "f.db"};
  owner.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
  auto db = ForeignDatabase::open(folder / "f.db");
  ASSERT_EQ(count_rows(*db), 1);
  owner.run("BEGIN EXCLUSIVE; INSERT INTO t VALUES (5); COMMIT");  // waits for nobody
}

TEST(ForeignDatabase, knows_that_its_file_was_replaced) {
  const TemporaryFolder folder;
  {
    OtherProgram{folder / "f.db"}.run("CREATE TABLE t (x)");
  }
  auto db = ForeignDatabase::open(folder / "f.db");
  EXPECT_TRUE(db->is_current());
  std::filesystem::rename(folder / "f.db", folder / "g.db");
  EXPECT_FALSE(db->is_current());
  {
    OtherProgram{folder / "f.db"}.run("CREATE TABLE t (x)");
  }
  EXPECT_FALSE(db->is_current());
}

}  // namespace
}  // namespace tidemark
