#include "analysis/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "analysis/analysis.h"

namespace tidemark {
namespace {

Bytes part(const Ledger& ledger, std::string_view name) {
  const auto found = std::ranges::find(ledger.parts, name, &LedgerPart::part);
  return found == ledger.parts.end() ? Bytes{} : found->held;
}

Bytes sum(const Ledger& ledger) {
  Bytes total;
  for (const auto& one : ledger.parts) total += one.held;
  return total;
}

SampleRow machine(Bytes used) {
  SampleRow row;
  row.total = gib(128);
  row.used = used;
  return row;
}

SampleRow gb10(Bytes used, Bytes run_on_gpu, Bytes all_on_gpu) {
  auto row = machine(used);
  GpuSample gpu;
  gpu.domain = MemoryDomain::unified;
  gpu.run_memory = run_on_gpu;
  gpu.memory_held = all_on_gpu;
  row.gpus = {gpu};
  return row;
}

TEST(Ledger, every_holder_has_its_part_and_the_rest_is_named) {
  LedgerBaseline baseline;
  auto first = gb10(gib(6), Bytes{}, Bytes{});
  first.shm_used = gib(1);
  learn_baseline(baseline, first);
  auto row = gb10(gib(70), gib(40), gib(46));
  row.main_process = gib(9);
  row.main_anon = gib(6);
  row.main_shmem = gib(2);
  row.worker = gib(4);
  row.process_basis = PssBasis::measured;
  row.child = gib(1);
  row.shm_used = gib(4);
  row.tenant_memory = gib(3);
  const auto ledger = ledger_of(row, baseline, PoolKind::unified);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(part(*ledger, "main_process"), gib(6)) << "without its shared pages and its files";
  EXPECT_EQ(part(*ledger, "dataloader_workers"), gib(4));
  EXPECT_EQ(part(*ledger, "child_processes"), gib(1));
  EXPECT_EQ(part(*ledger, "gpu_memory"), gib(40));
  EXPECT_EQ(part(*ledger, "shm_and_pinned"), gib(3)) << "what came into /dev/shm, over 2 GB pinned";
  EXPECT_EQ(part(*ledger, "other_processes"), gib(9)) << "3 GB of RAM and 6 GB through the GPU";
  EXPECT_EQ(part(*ledger, "system_baseline"), gib(6));
  EXPECT_EQ(part(*ledger, "unattributed"), gib(1));
  EXPECT_EQ(sum(*ledger), gib(70));
}

TEST(Ledger, parts_that_overlap_are_named_and_the_sum_still_holds) {
  auto row = machine(gib(5));
  row.main_process = gib(4);
  row.tenant_memory = gib(3);
  const auto ledger = ledger_of(row, {}, PoolKind::host);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(part(*ledger, "counted_twice"), gib(-2));
  EXPECT_EQ(part(*ledger, "unattributed"), Bytes{});
  EXPECT_EQ(sum(*ledger), gib(5));
}

TEST(Ledger, tenants_of_the_first_scan_are_no_baseline) {
  LedgerBaseline baseline;
  learn_baseline(baseline, machine(gib(20)));
  auto scanned = machine(gib(20));
  scanned.tenant_memory = gib(16);
  learn_baseline(baseline, scanned);
  EXPECT_EQ(baseline.system, gib(4));
  const auto ledger = ledger_of(scanned, baseline, PoolKind::host);
  EXPECT_EQ(part(*ledger, "other_processes"), gib(16));
  EXPECT_EQ(part(*ledger, "system_baseline"), gib(4));
  EXPECT_EQ(part(*ledger, "unattributed"), Bytes{});
}

TEST(Ledger, the_memory_of_a_grace_hoppers_gpu_is_not_the_machines) {
  auto row = machine(gib(150));
  row.total = gib(576);
  row.cpuless_total = gib(96);
  row.cpuless_free = gib(10);
  GpuSample gpu;
  gpu.domain = MemoryDomain::coherent;
  row.gpus = {gpu};
  const auto ledger = ledger_of(row, {}, PoolKind::host);
  EXPECT_EQ(ledger->used, gib(64)) << "150 less the 86 in use on the GPU's nodes";
  EXPECT_EQ(ledger->limit, gib(480));
}

TEST(Ledger, a_sample_without_a_machine_has_none) {
  EXPECT_FALSE(ledger_of(SampleRow{}, {}, PoolKind::host));
}

// Any mixture of known and unknown values, of sizes that contradict each other.
SampleRow random_row(std::mt19937_64& random) {
  const auto maybe = [&](std::int64_t most_mib) -> std::optional<Bytes> {
    if (random() % 4 == 0) return std::nullopt;
    return mib(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most_mib)));
  };
  SampleRow row;
  row.total = mib(131'072);
  row.used = maybe(131'072);
  for (auto* value : {&row.main_process, &row.main_rss, &row.main_anon, &row.main_shmem,
                      &row.worker, &row.worker_uss, &row.child, &row.shm_used, &row.tenant_memory,
                      &row.cpuless_total, &row.cpuless_free})
    *value = maybe(60'000);
  row.process_basis = random() % 2 == 0 ? PssBasis::none : PssBasis::measured;
  for (auto count = random() % 3; count > 0; --count) {
    GpuSample gpu;
    gpu.domain = static_cast<MemoryDomain>(random() % 4);
    gpu.run_memory = maybe(50'000);
    gpu.memory_held = maybe(50'000);
    gpu.carve_out_total = maybe(50'000);
    gpu.carve_out_used = maybe(50'000);
    row.gpus.push_back(gpu);
  }
  return row;
}

TEST(Ledger, always_adds_up_and_nothing_is_negative_but_what_is_counted_twice) {
  std::mt19937_64 random{20'260'801};
  int seen = 0;
  for (int run = 0; run < 200; ++run) {
    LedgerBaseline baseline;
    for (int i = 0; i < 50; ++i) {
      const auto row = random_row(random);
      learn_baseline(baseline, row);
      const auto ledger = ledger_of(row, baseline, PoolKind::host);
      if (!ledger) continue;
      ++seen;
      ASSERT_EQ(sum(*ledger), ledger->used) << "run " << run << ", sample " << i;
      for (const auto& [name, held] : ledger->parts) {
        ASSERT_NE(std::ranges::find(kLedgerParts, name), std::end(kLedgerParts));
        if (name == "counted_twice")
          ASSERT_LT(held, Bytes{});
        else
          ASSERT_GT(held, Bytes{}) << name;
      }
      ASSERT_TRUE(part(*ledger, "counted_twice").count == 0 ||
                  part(*ledger, "unattributed").count == 0);
    }
  }
  EXPECT_GT(seen, 5000);
}

}  // namespace
}  // namespace tidemark
