// Whole samples from the trees of tests/fixtures/hosts (their README says what each is).
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "os/system_clock.h"
#include "sensing/linux/test_child.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

HostRoot recorded(const std::string& name) {
  return HostRoot{"tests/fixtures/hosts/" + name};
}

// A process of a recorded tree was born so many ticks after its machine's boot; on one that was
// booted a minute ago it would be born in the future.
class ClockAfterTheRecordings final : public Clock {
 public:
  BootTime now() const override { return system_.now() + std::chrono::hours{24 * 365}; }
  WallTime wall() const override { return system_.wall(); }

 private:
  SystemClock system_{};
};

class Recorded {
 public:
  Recorded(const std::string& name, ProcessIdentity trainer, SensorOptions options = {})
      : sensors_(Sensors::open(recorded(name), trainer, options, clock_)) {}
  Sensors& sensors() { return sensors_.value(); }
  bool opened() const { return sensors_.has_value(); }

 private:
  ClockAfterTheRecordings clock_;
  Result<Sensors> sensors_;
};

const ProcessSample* process_of(const HostSample& sample, std::int32_t pid) {
  for (const auto& process : sample.processes)
    if (process.id.pid == pid) return &process;
  return nullptr;
}

TEST(RecordedForkRun, main_is_python_not_the_shell_that_waits_for_it) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433617}};
  const auto sample = run.sensors().sample();
  ASSERT_EQ(sample.processes.size(), 7U);
  const auto& main = sample.processes.front();
  EXPECT_EQ(main.id.pid, 26337);
  EXPECT_EQ(main.role, ProcessRole::main);
  EXPECT_EQ(main.name, "python3");
  EXPECT_EQ(main.rss, kib(217564));
  EXPECT_EQ(main.peak_rss, kib(420672));
  EXPECT_EQ(main.rss_anon, kib(211292));
  EXPECT_EQ(main.rss_shmem, kib(4));
  EXPECT_EQ(main.cpu_ticks_total, 32U);
}

TEST(RecordedForkRun, forked_and_spawned_children_are_workers_and_the_rest_is_not) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433617}};
  const auto sample = run.sensors().sample();
  EXPECT_EQ(process_of(sample, 26342)->role, ProcessRole::worker);
  EXPECT_EQ(process_of(sample, 26343)->role, ProcessRole::worker);
  EXPECT_EQ(process_of(sample, 26345)->role, ProcessRole::worker);  // spawned
  EXPECT_EQ(process_of(sample, 26344)->role, ProcessRole::child);   // resource tracker
  EXPECT_EQ(process_of(sample, 26346)->role, ProcessRole::child);   // sleep
  EXPECT_EQ(process_of(sample, 26333)->role, ProcessRole::child);   // bash
}

TEST(RecordedForkRun, the_cgroup_with_the_lowest_limit_above_the_trainer) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433617}};
  EXPECT_EQ(run.sensors().cgroup_path(), "/training/run-1");
  const auto sample = run.sensors().sample();
  ASSERT_TRUE(sample.cgroup);
  EXPECT_EQ(sample.cgroup->limit, gib(1));
  EXPECT_EQ(sample.cgroup->usage, Bytes{488906752});
  EXPECT_EQ(sample.cgroup->working_set, Bytes{488886272});
  EXPECT_EQ(sample.cgroup->peak_bound, Bytes{698892288});
  EXPECT_EQ(sample.cgroup->oom_kill_total, 0U);
  EXPECT_EQ(sample.cgroup->limit_hits_total, 0U);
  EXPECT_FALSE(sample.cgroup->throttle_limit.has_value());
}

TEST(RecordedForkRun, the_machine) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433617}};
  const auto sample = run.sensors().sample();
  ASSERT_TRUE(sample.memory);
  EXPECT_EQ(sample.memory->total, kib(24684100));
  EXPECT_EQ(sample.memory->available, kib(21887408));
  EXPECT_EQ(sample.counters.cpu_ticks_total, 865846U);
  EXPECT_EQ(sample.counters.cpu_busy_ticks_total, 210552U);
  EXPECT_EQ(sample.counters.oom_kill_total, 0U);
  EXPECT_TRUE(sample.pressure.has_value());
  ASSERT_TRUE(sample.limits);
  EXPECT_FALSE(sample.limits->address_space_limit.has_value());
  EXPECT_EQ(sample.limits->address_space_used, kib(222284));
  EXPECT_FALSE(sample.shm.has_value());  // a folder of a recorded tree is no tmpfs
}

TEST(RecordedForkRun, shared_pages_are_counted_once_when_the_readings_are_there) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433617}};
  HostSample sample;
  ASSERT_TRUE(becomes_true([&] {
    sample = run.sensors().sample();
    return process_of(sample, 26346)->pss.has_value();  // the last in the order of reading
  }));
  run.sensors().sample();  // a reading may have come while the one above was taken
  sample = run.sensors().sample();
  EXPECT_EQ(process_of(sample, 26337)->pss_basis, PssBasis::scaled);
  const auto totals = total_processes(sample.processes);
  EXPECT_EQ(totals.worker_count, 3);
  // Two forked and one spawned worker: 92943 + 92943 + 212284 KiB of PSS in 689172 KiB of RSS. RSS
  // comes from another file and differs a little, and so does what is scaled by it.
  EXPECT_NEAR(to_gib(*totals.worker_pss), 0.3797, 0.004);
  EXPECT_NEAR(to_gib(*totals.worker_uss), 0.2438, 0.004);
  EXPECT_NEAR(to_gib(*totals.worker_rss), 0.6572, 0.004);
}

TEST(RecordedForkRun, without_tracking_only_main_is_shown) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433617}, {.track_per_process = false}};
  const auto sample = run.sensors().sample();
  ASSERT_EQ(sample.processes.size(), 1U);
  EXPECT_EQ(sample.processes[0].id.pid, 26337);
  EXPECT_EQ(sample.processes[0].pss_basis, PssBasis::none);
}

TEST(RecordedForkRun, another_start_time_is_another_process) {
  Recorded run{"hybrid-cgroup-v1-fork", {26333, 433618}};
  EXPECT_FALSE(run.opened());
}

TEST(NestedV2, the_pods_limit_holds_for_the_container_below_it) {
  Recorded run{"synthetic-cgroup-v2-nested", {4000, 12345}};
  EXPECT_EQ(run.sensors().cgroup_path(), "/kubepods.slice/pod1/ctr1/init");
  const auto sample = run.sensors().sample();
  ASSERT_TRUE(sample.cgroup);
  EXPECT_EQ(sample.cgroup->limit, gib(8));
  EXPECT_EQ(sample.cgroup->throttle_limit, Bytes{8053063680});
  EXPECT_EQ(sample.cgroup->usage, gib(6));        // the pod's, where the limit is
  EXPECT_EQ(sample.cgroup->working_set, gib(4));  // less 2 GiB of inactive file cache there
  EXPECT_EQ(sample.cgroup->peak_bound, Bytes{8053063680});
  EXPECT_EQ(sample.cgroup->swap, mib(1));
  EXPECT_EQ(sample.cgroup->oom_kill_total, 1U);    // the leaf's
  EXPECT_EQ(sample.cgroup->limit_hits_total, 2U);  // its own `oom`, not its children's
  EXPECT_DOUBLE_EQ(sample.cgroup->pressure->full_avg10_ratio, 0.125);
  EXPECT_DOUBLE_EQ(sample.pressure->some_avg10_ratio, 0.015);
}

TEST(NestedV2, address_space_limit_and_what_counts_against_it) {
  Recorded run{"synthetic-cgroup-v2-nested", {4000, 12345}};
  const auto limits = run.sensors().sample().limits;
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->address_space_limit, gib(32));
  EXPECT_FALSE(limits->data_limit.has_value());
  EXPECT_EQ(limits->address_space_used, gib(8));
  EXPECT_EQ(limits->data_used, gib(4));
}

TEST(NestedV2, quick_look_takes_the_pool_closest_to_its_limit) {
  Recorded run{"synthetic-cgroup-v2-nested", {4000, 12345}};
  run.sensors().sample();
  const auto look = run.sensors().quick_look();  // both at 50%: the machine's 32 of 64 GiB stays
  ASSERT_TRUE(look);
  EXPECT_EQ(look->limit, gib(64));
  EXPECT_EQ(look->used, gib(32));
}

TEST(DockerV1, an_ancestor_out_of_sight_limits_all_the_same) {
  Recorded run{"synthetic-docker-cgroup-v1", {4100, 12345}};
  const auto sample = run.sensors().sample();
  ASSERT_TRUE(sample.cgroup);
  EXPECT_EQ(run.sensors().cgroup_path(), "/docker/abc");
  EXPECT_EQ(sample.cgroup->limit, gib(3));  // hierarchical_memory_limit, below its own 4 GiB
  EXPECT_EQ(sample.cgroup->working_set, Bytes{1610612736});  // less the subtree's inactive file
  EXPECT_EQ(sample.cgroup->swap, mib(2));
  EXPECT_EQ(sample.cgroup->oom_kill_total, 2U);
  EXPECT_EQ(sample.cgroup->limit_hits_total, 17U);
  EXPECT_EQ(sample.limits->data_limit, gib(6));
}

TEST(NoPsi, what_the_kernel_lacks_is_absent_and_the_rest_is_there) {
  Recorded run{"synthetic-no-psi", {4200, 12345}};
  const auto sample = run.sensors().sample();
  EXPECT_FALSE(sample.pressure.has_value());
  EXPECT_FALSE(sample.cgroup.has_value());
  EXPECT_FALSE(sample.counters.swap_in_pages_total.has_value());
  EXPECT_FALSE(sample.counters.oom_kill_total.has_value());
  EXPECT_EQ(sample.memory->used(), gib(32));
  EXPECT_EQ(sample.memory->swap_used(), gib(2));
  EXPECT_EQ(sample.memory->page_cache, gib(19));
  EXPECT_EQ(sample.processes.at(0).swap, mib(1));
  EXPECT_EQ(run.sensors().cgroup_path(), "");
}

TEST(NoPsi, a_kernel_without_smaps_rollup_is_said_once) {
  Recorded run{"synthetic-no-psi", {4200, 12345}};
  std::optional<std::string> notice;
  ASSERT_TRUE(becomes_true([&] {
    run.sensors().sample();
    notice = run.sensors().take_notice();
    return notice.has_value();
  }));
  EXPECT_NE(notice->find("proc/4200/smaps_rollup"), std::string::npos);
  const auto sample = run.sensors().sample();
  EXPECT_EQ(sample.processes.at(0).pss_basis, PssBasis::none);
  EXPECT_FALSE(sample.processes.at(0).pss.has_value());
  EXPECT_FALSE(run.sensors().take_notice().has_value());
}

// What tools/capture_host has just made of this machine; tests/end_to_end/test_capture_host.py says
// where it is and what a trainer it has recorded: one process with two forked workers.
TEST(CapturedHost, is_read_as_it_is) {
  const char* const folder = std::getenv("TIDEMARK_CAPTURED_HOST");
  if (folder == nullptr) GTEST_SKIP() << "no host was captured: TIDEMARK_CAPTURED_HOST is not set";
  const std::int32_t pid = std::stoi(std::getenv("TIDEMARK_CAPTURED_PID"));
  const std::uint64_t start = std::stoull(std::getenv("TIDEMARK_CAPTURED_START"));
  const ClockAfterTheRecordings clock;
  auto sensors = Sensors::open(HostRoot{folder}, {pid, start}, {}, clock);
  ASSERT_TRUE(sensors) << sensors.error().message;
  HostSample sample;
  ASSERT_TRUE(becomes_true([&] {
    sample = sensors->sample();
    return std::ranges::all_of(sample.processes, [](const auto& p) { return p.pss.has_value(); });
  }));
  ASSERT_EQ(sample.processes.size(), 3U);
  EXPECT_EQ(sample.processes[0].id.pid, pid);
  EXPECT_EQ(sample.processes[0].name, "python3");
  EXPECT_GT(sample.processes[0].rss.value_or(Bytes{}), mib(48));
  EXPECT_EQ(sample.processes[1].role, ProcessRole::worker);
  EXPECT_EQ(sample.processes[2].role, ProcessRole::worker);
  ASSERT_TRUE(sample.memory);
  EXPECT_EQ(sample.memory->total, kib(std::stoll(std::getenv("TIDEMARK_CAPTURED_TOTAL_KIB"))));
  EXPECT_TRUE(sample.limits.has_value());
  EXPECT_TRUE(sample.counters.cpu_ticks_total.has_value());
  const bool in_cgroup = !sensors->cgroup_path().empty();
  EXPECT_EQ(sample.cgroup.has_value(), in_cgroup);
  if (in_cgroup) {
    EXPECT_GT(sample.cgroup->usage.value_or(Bytes{}), Bytes{});
  }
  EXPECT_EQ(read_host_identity(HostRoot{folder}).name, "host");
}

TEST(HostIdentity, name_and_boot_id) {
  const auto identity = read_host_identity(recorded("synthetic-no-psi"));
  EXPECT_EQ(identity.name, "host");
  EXPECT_EQ(identity.boot_id, "00000000-0000-4000-8000-000000000000");
}

TEST(OwnCost, of_this_process) {
  const auto cost = read_own_cost(HostRoot{});
  EXPECT_GT(cost.cpu_seconds, 0.0);
  ASSERT_TRUE(cost.pss) << "Linux 4.14 has smaps_rollup";
  EXPECT_GT(cost.pss->count, 0);
}

}  // namespace
}  // namespace tidemark
