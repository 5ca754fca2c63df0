#include "monitor/kill_row.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr std::int32_t kMain = 100;

SampleRow row_before(std::vector<ProcessSample> workers) {
  SampleRow row;
  row.unix_seconds = 10;
  row.total = gib(16);
  row.used = gib(4);
  row.available = gib(12);
  row.cgroup_limit = mib(1000);
  row.cgroup_usage = mib(700);
  row.cgroup_working_set = mib(600);
  row.main_process = mib(300);
  row.process_basis = PssBasis::measured;
  row.processes.push_back({.id = {kMain, 1}, .role = ProcessRole::main, .name = "python3"});
  row.worker_count = static_cast<std::int64_t>(workers.size());
  row.worker = mib(50);
  row.worker_uss = mib(40);
  for (auto& worker : workers) row.processes.push_back(std::move(worker));
  return row;
}

ProcessSample worker(std::int32_t pid) {
  return {.id = {pid, 2}, .role = ProcessRole::worker, .name = "python3"};
}

OomTask task(std::int32_t pid, Bytes anon, std::string name = "python3") {
  return {
      .pid = pid, .name = std::move(name), .rss = anon + mib(5), .anon = anon, .shmem = Bytes{}};
}

OomReport report_of_cgroup(std::vector<OomTask> tasks, Bytes anon) {
  return {.at = BootTime{},
          .cgroup_usage = mib(1000),
          .cgroup_limit = mib(1000),
          .cgroup_anon = anon,
          .cgroup_shmem = Bytes{},
          .tasks = std::move(tasks)};
}

TEST(KillRow, workers_that_no_sample_had_seen_are_what_the_cgroup_has_beside_the_trainer) {
  const auto row = row_at_kill(
      row_before({}), kMain,
      report_of_cgroup({task(kMain, mib(500)), task(101, mib(700)), task(102, mib(720))}, mib(920)),
      11.5);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->unix_seconds, 11.5);
  EXPECT_EQ(row->cause, SampleCause::oom_report);
  EXPECT_EQ(row->process_basis, PssBasis::kernel);
  EXPECT_EQ(row->main_anon, mib(500));
  EXPECT_EQ(row->worker_count, 2);
  EXPECT_EQ(row->worker_uss, mib(420));
  EXPECT_EQ(row->worker_rss, mib(1430));
  EXPECT_EQ(row->cgroup_working_set, mib(1000));
  EXPECT_EQ(row->used, gib(4)) << "the machine had room: it is as the last sample has it";
  ASSERT_EQ(row->processes.size(), 3U);
  EXPECT_EQ(row->processes[0].role, ProcessRole::main);
  EXPECT_EQ(row->processes[2].role, ProcessRole::worker);
}

TEST(KillRow, other_programs_are_no_workers_and_new_ones_are_named) {
  auto last = row_before({worker(101)});
  last.tenants.push_back({.id = {50, 3}, .name = "python3", .pss = mib(90), .in_cgroup = false});
  const auto row =
      row_at_kill(last, kMain,
                  report_of_cgroup({task(kMain, mib(500)), task(101, mib(510)), task(50, mib(120)),
                                    task(60, mib(200), "blender"), task(61, mib(1), "sh")},
                                   mib(900)),
                  11);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->worker_count, 1);
  EXPECT_EQ(row->worker_uss, mib(900 - 500 - 120 - 200 - 1));
  ASSERT_EQ(row->tenants.size(), 2U);
  EXPECT_EQ(row->tenants[0].name, "blender");
  EXPECT_EQ(row->tenants[1].held(), mib(120));
  EXPECT_EQ(row->tenant_cgroup_memory, mib(320));
}

TEST(KillRow, of_the_machine_what_is_free_is_known_and_workers_are_as_they_were_read) {
  OomReport report{.machine_free = mib(64), .tasks = {task(kMain, gib(12)), task(101, gib(12))}};
  const auto row = row_at_kill(row_before({worker(101)}), kMain, report, 11);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->available, mib(64));
  EXPECT_EQ(row->used, gib(16) - mib(64));
  EXPECT_EQ(row->cgroup_working_set, mib(600));
  EXPECT_EQ(row->worker_uss, mib(40));
  const auto unseen = row_at_kill(row_before({}), kMain, report, 11);
  EXPECT_FALSE(unseen->worker_uss) << "their RSS counts the trainer's pages once more";
  EXPECT_EQ(unseen->process_basis, PssBasis::pending);
}

TEST(KillRow, an_account_of_others_is_none_of_the_run) {
  EXPECT_FALSE(row_at_kill(row_before({}), kMain, report_of_cgroup({task(7, mib(1))}, mib(1)), 1));
}

TEST(KillRow, another_levels_limit_leaves_the_watched_one_as_it_was) {
  auto report = report_of_cgroup({task(kMain, mib(500))}, mib(520));
  report.cgroup_limit = mib(2000);
  EXPECT_EQ(row_at_kill(row_before({}), kMain, report, 11)->cgroup_working_set, mib(600));
}

TEST(KillRow, where_processes_are_not_tracked_only_the_trainer_is_told) {
  auto last = row_before({});
  last.processes.clear();
  last.worker_count.reset();
  const auto row = row_at_kill(
      last, kMain, report_of_cgroup({task(kMain, mib(500)), task(101, mib(600))}, mib(900)), 11);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->main_anon, mib(500));
  EXPECT_FALSE(row->worker_count);
  EXPECT_TRUE(row->processes.empty());
}

}  // namespace
}  // namespace tidemark
