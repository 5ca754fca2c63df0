#include "cli/container_storage.h"

#include <gtest/gtest.h>

#include "support/host_tree.h"

namespace tidemark {
namespace {

// As in a container of ai-toolkit's compose file: one file mounted, its folder not.
constexpr auto kContainer =
    "600 500 0:60 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l\n"
    "601 600 0:61 / /proc rw - proc proc rw\n"
    "602 600 8:1 /home/me/aitk_db.db /app/ai-toolkit/aitk_db.db rw - ext4 /dev/sda1 rw\n"
    "603 600 8:1 /home/me/output /app/ai-toolkit/output rw - ext4 /dev/sda1 rw\n"
    "604 600 8:1 /home/me/my\\040metrics /app/ai-toolkit/my\\040metrics rw - ext4 /dev/sda1 rw\n"
    "605 600 0:62 / /dev/shm rw - tmpfs shm rw,size=65536k\n";

std::optional<std::string> hint_for(const std::string& database, const std::string& mounts) {
  HostTree tree;
  tree.file("proc/self/mountinfo", mounts);
  return vanishing_storage(tree.host(), database, "/app/ai-toolkit");
}

TEST(ContainerStorage, a_database_beside_the_mounted_file_goes_with_the_container) {
  const auto hint = hint_for("/app/ai-toolkit/aitk_metrics.db", kContainer);
  ASSERT_TRUE(hint);
  EXPECT_NE(hint->find("- ./aitk_metrics:/app/ai-toolkit/aitk_metrics"), std::string::npos);
  EXPECT_TRUE(hint_for("/dev/shm/t.db", kContainer));
}

TEST(ContainerStorage, on_a_volume_it_stays) {
  EXPECT_FALSE(hint_for("/app/ai-toolkit/output/t.db", kContainer));
  EXPECT_FALSE(hint_for("/app/ai-toolkit/my metrics/t.db", kContainer));
}

TEST(ContainerStorage, on_a_plain_machine_nothing_is_said) {
  constexpr auto kPlain = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n25 22 0:5 / /tmp rw - tmpfs t rw\n";
  EXPECT_FALSE(hint_for("/home/me/ai-toolkit/aitk_metrics.db", kPlain));
}

TEST(ContainerStorage, lines_that_are_none_are_passed_over) {
  EXPECT_EQ(parse_mountinfo("\n- \nx\n1 2 3 4 /a rw -\n").size(), 0U);
  const auto mounts =
      parse_mountinfo("1 2 0:1 / /a rw - ext4 d rw\n1 2 0:1 / /a/b rw - xfs d rw\n");
  EXPECT_EQ(mount_of(mounts, "/a/bc")->point, "/a");
  EXPECT_EQ(mount_of(mounts, "/a/b/c")->file_system, "xfs");
  EXPECT_EQ(mount_of(mounts, "/c"), nullptr);
}

}  // namespace
}  // namespace tidemark
