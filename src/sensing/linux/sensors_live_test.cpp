// Sensors against real processes of this machine.
#include <gtest/gtest.h>

#include <numeric>

#include "os/process_watch.h"
#include "os/system_clock.h"
#include "sensing/linux/parsers/smaps_rollup.h"
#include "sensing/linux/test_child.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

constexpr std::size_t kSharedBytes = 400U << 20;
constexpr std::size_t kOwnBytes = 20U << 20;
constexpr int kWorkers = 4;

ProcessIdentity identity_of(pid_t pid) {
  return identify_process(HostRoot{}, pid).value();
}

Sensors open_sensors(pid_t trainer, const Clock& clock, double pss_budget_ratio = 0.001) {
  return std::move(
      Sensors::open(HostRoot{}, identity_of(trainer), {.pss_budget_ratio = pss_budget_ratio}, clock)
          .value());
}

// A parent with 400 MB and four forked workers that share it and own 20 MB each.
template <class Ready>
void run_trainer_with_workers(Ready ready) {
  filled_pages(kSharedBytes);
  int pipe_ends[2]{};
  check(::pipe(pipe_ends) == 0, "a pipe can be made");
  for (int worker = 0; worker < kWorkers; ++worker) {
    if (::fork() != 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    filled_pages(kOwnBytes);
    (void)!::write(pipe_ends[1], "x", 1);
    wait_for_ever();
  }
  char byte = 0;
  for (int worker = 0; worker < kWorkers; ++worker) (void)!::read(pipe_ends[0], &byte, 1);
  ready();
  wait_for_ever();
}

TEST(LiveSensors, pss_and_uss_of_forked_workers_match_the_kernels_own_sums) {
  TestChild trainer{[](auto ready) { run_trainer_with_workers(ready); }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  HostSample sample;
  ASSERT_TRUE(becomes_true([&] {
    sample = sensors.sample();
    const auto basis = total_processes(sample.processes).basis;
    return basis == PssBasis::measured || basis == PssBasis::scaled;
  }));
  const auto totals = total_processes(sample.processes);
  ASSERT_EQ(totals.worker_count, kWorkers);

  Bytes pss;
  Bytes uss;
  for (const auto& process : sample.processes) {
    if (process.role != ProcessRole::worker) continue;
    const auto text = HostRoot{}.read("proc/" + std::to_string(process.id.pid) + "/smaps_rollup");
    const auto rollup = parse_smaps_rollup(text.value());
    ASSERT_TRUE(rollup);
    pss += rollup->pss;
    uss += rollup->uss;
  }
  EXPECT_NEAR(ratio(*totals.worker_pss, pss), 1.0, 0.1);
  EXPECT_NEAR(ratio(*totals.worker_uss, uss), 1.0, 0.1);
  // 4 x 420 MB resident, of which 4 x (400 / 5 + 20) MB proportional and 4 x 20 MB their own.
  EXPECT_GT(ratio(*totals.worker_rss, *totals.worker_pss), 3.0);
  EXPECT_GT(ratio(*totals.worker_rss, *totals.worker_uss), 5.0);
  EXPECT_GT(totals.main_rss->count, mib(400).count);
  EXPECT_LT(totals.main_pss->count, mib(200).count);
}

TEST(LiveSensors, a_worker_that_execs_is_a_worker_no_more) {
  const Signal go;
  TestChild trainer{[&go](auto ready) {
    filled_pages(16U << 20);
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      go.wait();
      ::execlp("sleep", "sleep", "600", nullptr);
      ::_exit(1);
    }
    ready();
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  ASSERT_EQ(total_processes(sensors.sample().processes).worker_count, 1);
  go.give();
  EXPECT_TRUE(becomes_true([&] {
    const auto totals = total_processes(sensors.sample().processes);
    return totals.worker_count == 0 && totals.child_count == 1;
  }));
  EXPECT_EQ(sensors.sample().processes.at(1).name, "sleep");
}

TEST(LiveSensors, workers_that_come_and_go_change_the_family) {
  const Signal go;
  TestChild trainer{[&go](auto ready) {
    ready();
    go.wait();
    const pid_t worker = ::fork();
    if (worker == 0) wait_for_ever();
    go.wait();
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock, 0);
  sensors.sample();
  EXPECT_FALSE(sensors.family_changed());
  go.give();
  ASSERT_TRUE(becomes_true([&] { return sensors.family_changed(); }));
  EXPECT_TRUE(sensors.family_changed());  // stays so until it was sampled
  EXPECT_EQ(total_processes(sensors.sample().processes).worker_count, 1);
  EXPECT_FALSE(sensors.family_changed());
  go.give();
  ASSERT_TRUE(becomes_true([&] { return sensors.family_changed(); }));
  EXPECT_EQ(total_processes(sensors.sample().processes).worker_count, 0);
}

TEST(LiveSensors, a_shell_that_waits_for_python_is_not_main) {
  TestChild trainer{[](auto ready) {
    ready();
    ::execlp("bash", "bash", "-c",
             "python3 -c 'import time; x = bytearray(64 << 20); time.sleep(600)'; true", nullptr);
    ::_exit(127);
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  HostSample sample;
  const bool found = becomes_true([&] {
    sample = sensors.sample();
    return sample.processes.size() == 2 && sample.processes[0].name.starts_with("python") &&
           sample.processes[0].rss > mib(64);
  });
  if (!found && sample.processes.empty()) GTEST_SKIP() << "no bash or no python3 here";
  ASSERT_TRUE(found);
  EXPECT_EQ(sample.processes[0].role, ProcessRole::main);
  EXPECT_EQ(sample.processes[1].name, "bash");
  EXPECT_EQ(sample.processes[1].role, ProcessRole::child);
}

TEST(LiveSensors, after_the_trainers_end_the_machine_is_still_reported) {
  TestChild trainer{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  const bool had_cgroup = sensors.sample().cgroup.has_value();
  trainer.end();
  EXPECT_TRUE(sensors.family_changed());
  const auto sample = sensors.sample();
  EXPECT_TRUE(sample.processes.empty());
  EXPECT_TRUE(sample.memory.has_value());
  EXPECT_EQ(sample.cgroup.has_value(), had_cgroup);
  EXPECT_FALSE(sample.limits.has_value());
  EXPECT_TRUE(sensors.quick_look().has_value());
}

TEST(LiveSensors, a_zombie_is_not_living) {
  TestChild trainer{[](auto ready) {
    if (::fork() == 0) ::_exit(0);
    siginfo_t info{};
    ::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    ready();
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  EXPECT_EQ(sensors.sample().processes.size(), 1U);
}

TEST(LiveSensors, a_trainer_moved_into_a_cgroup_takes_its_limit_along) {
  const TestCgroup cgroup;
  if (!cgroup.made()) GTEST_SKIP() << "no cgroup v1 memory hierarchy that can be written (root)";
  ASSERT_TRUE(cgroup.write("memory.limit_in_bytes", "268435456"));
  TestChild trainer{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  EXPECT_NE(sensors.cgroup_path(), cgroup.name());
  ASSERT_TRUE(cgroup.add(trainer.pid()));
  const auto sample = sensors.sample();
  EXPECT_EQ(sensors.cgroup_path(), cgroup.name());
  EXPECT_EQ(sample.cgroup->limit, mib(256));
}

TEST(LiveSensors, an_oom_kill_is_counted_after_the_death) {
  const TestCgroup cgroup;
  if (!cgroup.made()) GTEST_SKIP() << "no cgroup v1 memory hierarchy that can be written (root)";
  ASSERT_TRUE(cgroup.write("memory.limit_in_bytes", "33554432"));
  cgroup.write("memory.swappiness", "0");  // else it would be paged out instead
  const Signal go;
  TestChild trainer{[&](auto ready) {
    cgroup.add(::getpid());
    ready();
    go.wait();
    filled_pages(256U << 20);
    wait_for_ever();
  }};
  const SystemClock clock;
  auto sensors = open_sensors(trainer.pid(), clock);
  const auto before = sensors.sample();
  EXPECT_EQ(before.cgroup->oom_kill_total, 0U);
  go.give();
  ASSERT_EQ(WTERMSIG(trainer.reap()), SIGKILL);
  const auto after = sensors.sample();
  EXPECT_EQ(after.cgroup->oom_kill_total, 1U);
  EXPECT_GT(*after.cgroup->limit_hits_total, *before.cgroup->limit_hits_total);
  EXPECT_EQ(after.cgroup->limit, mib(32));
}

TEST(LiveSensors, without_permission_pss_is_unknown_and_that_is_said_once) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give it up";
  TestChild trainer{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  TestChild watcher{[&trainer](auto ready) {
    if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    ready();
    const SystemClock clock;
    auto sensors = open_sensors(trainer.pid(), clock);
    std::optional<std::string> notice;
    HostSample sample;
    const bool said = becomes_true([&] {
      sample = sensors.sample();
      notice = sensors.take_notice();
      return notice.has_value();
    });
    const auto& main = sample.processes.at(0);
    const bool as_meant = said && notice->contains("Permission denied") &&
                          notice->contains("root") && main.pss_basis == PssBasis::none &&
                          main.rss && !sensors.take_notice();
    ::_exit(as_meant ? 0 : 1);
  }};
  EXPECT_EQ(WEXITSTATUS(watcher.reap()), 0);
}

}  // namespace
}  // namespace tidemark
