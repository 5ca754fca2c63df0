#include "integrate/prisma_models.h"

#include <gtest/gtest.h>

#include "store/store.h"

namespace tidemark {
namespace {

std::string model(const std::string& name) {
  const auto all = prisma_models();
  const auto from = all.find("model " + name + " {");
  return from == std::string::npos ? "" : all.substr(from, all.find("\n}\n", from) - from + 3);
}

TEST(PrismaModels, every_table_has_one) {
  for (const auto& table : store_layout())
    EXPECT_FALSE(model(std::string{table.name}).empty()) << table.name;
}

TEST(PrismaModels, keys_types_and_indexes_are_those_of_the_table) {
  const auto sample = model("MetricsSample");
  for (const auto* const line :
       {"  id Int @id @default(autoincrement())\n", "  job_id String\n", "  timestamp Float\n",
        "  worker_count Int?\n", "  main_rss_bytes BigInt?\n", "  TrainingEvent TrainingEvent[]\n",
        "\n  @@index([job_id, run_id, timestamp])\n"})
    EXPECT_TRUE(sample.contains(line)) << line << sample;
  EXPECT_TRUE(model("TidemarkMeta").contains("  key String @id\n"));
  EXPECT_TRUE(model("TidemarkDrop").contains("\n  @@id([run_id, reason])\n"));
}

TEST(PrismaModels, the_relation_is_said_at_both_ends) {
  EXPECT_TRUE(model("TrainingEvent")
                  .contains("  MetricsSample MetricsSample? @relation(fields: "
                            "[memory_snapshot_id], references: [id], "
                            "onDelete: NoAction, onUpdate: NoAction)\n"));
}

}  // namespace
}  // namespace tidemark
