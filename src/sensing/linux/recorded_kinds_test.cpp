// One machine of each kind that users have, whole: its pools, their limits and what is in use. The
// drivers of NVIDIA's are stand-ins (tests/support/fake_nvml), everything else is in the trees of
// tests/fixtures/hosts.
#include <gtest/gtest.h>

#include <chrono>

#include "os/system_clock.h"
#include "sensing/linux/test_child.h"
#include "sensing/sensing.h"
#include "support/fake_nvml_control.h"

namespace tidemark {
namespace {

// A process of a recorded tree was born so many ticks after its machine's boot; on one that was
// booted a minute ago it would be born in the future.
class ClockAfterTheRecordings final : public Clock {
 public:
  BootTime now() const override { return system_.now() + std::chrono::hours{24 * 365}; }
  WallTime wall() const override { return system_.wall(); }

 private:
  SystemClock system_{};
};

class Machine {
 public:
  Machine(const std::string& name, std::int32_t pid, const std::string& nvml = {})
      : sensors_(Sensors::open(HostRoot{"tests/fixtures/hosts/" + name}, {pid, 12345},
                               {.gpu = {.nvml_library = nvml, .cuda_library = ""}}, clock_)) {}
  Sensors& sensors() { return sensors_.value(); }
  HostSample sample() { return sensors().sample(); }

  /// A sample whose GPUs have been read with the run's processes known.
  HostSample sample_with_gpus() {
    HostSample sample;
    EXPECT_TRUE(becomes_true([&] {
      sample = sensors().sample();
      return !sample.gpus.empty();
    }));
    return sample;
  }
  HostSample sample_with_run_on_gpu() {
    HostSample sample;
    EXPECT_TRUE(becomes_true([&] {
      sample = sensors().sample();
      return !sample.gpus.empty() && sample.gpus[0].run_memory.value_or(Bytes{}) != Bytes{};
    }));
    return sample;
  }

 private:
  ClockAfterTheRecordings clock_;
  Result<Sensors> sensors_;
};

TEST(BareLinux, a_cgroup_without_a_limit_leaves_the_machine_as_the_pool) {
  Machine machine{"synthetic-bare-linux", 4300};
  const auto sample = machine.sample();
  EXPECT_EQ(machine.sensors().cgroup_path(), "/user.slice/user-1000.slice/session-3.scope");
  ASSERT_TRUE(sample.memory);
  EXPECT_EQ(sample.memory->total, gib(64));
  EXPECT_EQ(sample.memory->used(), gib(16));
  EXPECT_EQ(sample.memory->page_cache, gib(20));  // 20 cached + 1 buffers - 1 shared
  EXPECT_EQ(sample.memory->swap_used(), Bytes{0});
  ASSERT_TRUE(sample.cgroup);
  EXPECT_FALSE(sample.cgroup->limit.has_value());
  EXPECT_EQ(sample.cgroup->usage, gib(3));
  EXPECT_EQ(sample.cgroup->working_set, gib(2));
  ASSERT_TRUE(sample.pressure);
  EXPECT_DOUBLE_EQ(sample.pressure->some_avg10_ratio, 0.025);
  EXPECT_EQ(sample.counters.swap_out_pages_total, 200U);
  const auto look = machine.sensors().quick_look();
  ASSERT_TRUE(look);
  EXPECT_EQ(look->limit, gib(64));
  EXPECT_TRUE(sample.gpus.empty());
}

TEST(KubernetesPod, the_limit_is_the_pods_and_not_the_nodes_memory) {
  Machine machine{"synthetic-kubernetes-pod", 4400};
  const auto sample = machine.sample();
  EXPECT_EQ(machine.sensors().cgroup_path(), "/");  // a cgroup namespace of its own
  EXPECT_EQ(sample.memory->total, gib(256));
  EXPECT_EQ(sample.memory->swap_used(), Bytes{0});
  ASSERT_TRUE(sample.cgroup);
  EXPECT_EQ(sample.cgroup->limit, gib(24));
  EXPECT_EQ(sample.cgroup->usage, gib(20));
  EXPECT_EQ(sample.cgroup->working_set, gib(14));  // what the kubelet evicts by
  const auto look = machine.sensors().quick_look();
  ASSERT_TRUE(look);
  EXPECT_EQ(look->limit, gib(24));
  EXPECT_EQ(look->used, gib(14));
}

TEST(DgxSpark, gpu_and_host_are_one_pool_and_cuda_is_in_no_rss) {
  const FakeNvml driver{"gb10"};
  Machine machine{"synthetic-dgx-spark", 7, driver.path()};
  const auto sample = machine.sample_with_run_on_gpu();
  ASSERT_EQ(sample.gpus.size(), 1U);
  const auto& gpu = sample.gpus[0];
  EXPECT_EQ(gpu.domain, MemoryDomain::unified);
  EXPECT_FALSE(gpu.memory_total.has_value());
  EXPECT_FALSE(gpu.memory_used.has_value());
  EXPECT_EQ(gpu.run_memory, mib(63931));
  EXPECT_EQ(gpu.memory_held, mib(83109));  // the run's, a tenant's 19135 and the desktop's 43
  EXPECT_EQ(sample.memory->total, kib(127600748));
  EXPECT_EQ(sample.memory->used(), kib(127600748) - gib(40));
  EXPECT_EQ(sample.processes.at(0).rss, gib(6));  // CUDA's 62 GiB are not in it
  EXPECT_FALSE(sample.cgroup->limit.has_value());
  EXPECT_FALSE(sample.cpuless.has_value());
}

// What the machine uses is not what its GPU uses (Syllo/nvtop#511: 34.4 GiB shown for an idle one).
TEST(DgxSpark, an_idle_gpu_holds_next_to_nothing_however_much_the_machine_uses) {
  const FakeNvml driver{"gb10_idle"};
  Machine machine{"synthetic-dgx-spark", 7, driver.path()};
  const auto sample = machine.sample_with_gpus();
  ASSERT_EQ(sample.gpus.size(), 1U);
  EXPECT_EQ(sample.gpus[0].domain, MemoryDomain::unified);
  EXPECT_EQ(sample.gpus[0].memory_held, mib(43));
  EXPECT_EQ(sample.gpus[0].run_memory.value_or(Bytes{}), Bytes{});
  EXPECT_EQ(sample.memory->used(), kib(127600748) - gib(40));
}

TEST(GraceHopper, two_pools_and_the_jobs_cgroup_below_them) {
  const FakeNvml driver{"gh200"};
  Machine machine{"synthetic-gh200", 7, driver.path()};
  const auto sample = machine.sample_with_run_on_gpu();
  ASSERT_EQ(sample.gpus.size(), 1U);
  EXPECT_EQ(sample.gpus[0].domain, MemoryDomain::coherent);
  EXPECT_EQ(sample.gpus[0].run_memory, mib(49000));
  ASSERT_TRUE(sample.cpuless);
  EXPECT_TRUE(sample.cpuless->of_gpus);
  EXPECT_EQ(sample.cpuless->total, gib(95));  // the empty nodes for MIG add nothing
  EXPECT_EQ(sample.cpuless->free, gib(48));
  EXPECT_EQ(sample.cpuless->host_total(sample.memory->total), kib(501740608));
  ASSERT_TRUE(sample.cgroup);
  EXPECT_EQ(sample.cgroup->limit, gib(200));  // Slurm's, three levels above the task
  EXPECT_EQ(sample.cgroup->working_set, gib(50));
}

TEST(RtxWorkstation, the_card_is_a_pool_of_its_own_beside_the_host) {
  const FakeNvml driver{"rtx4090"};
  Machine machine{"synthetic-rtx-workstation", 7, driver.path()};
  const auto sample = machine.sample_with_run_on_gpu();
  ASSERT_EQ(sample.gpus.size(), 1U);
  const auto& gpu = sample.gpus[0];
  EXPECT_EQ(gpu.domain, MemoryDomain::device);
  EXPECT_EQ(gpu.memory_total, mib(24564));
  EXPECT_EQ(gpu.memory_used, mib(14000));
  EXPECT_EQ(gpu.run_memory, mib(13000));
  EXPECT_EQ(sample.memory->total, gib(64));
  EXPECT_EQ(sample.memory->used(), gib(24));
  EXPECT_EQ(sample.processes.at(0).rss_shmem, gib(4));  // pinned buffers
}

TEST(AmdApu, carve_out_and_gtt_are_the_machines_ram_and_counted_once) {
  Machine machine{"synthetic-amd-apu", 4500};
  const auto sample = machine.sample_with_gpus();
  ASSERT_EQ(sample.gpus.size(), 1U);
  const auto& gpu = sample.gpus[0];
  EXPECT_EQ(gpu.domain, MemoryDomain::unified);
  EXPECT_FALSE(gpu.memory_total.has_value());
  EXPECT_EQ(gpu.memory_held, Bytes{64579698688});  // 155189248 + 64424509440
  EXPECT_DOUBLE_EQ(gpu.utilization_ratio.value_or(0), 0.88);
  EXPECT_EQ(sample.memory->total, gib(125));
  EXPECT_EQ(sample.memory->used(), gib(75));
}

}  // namespace
}  // namespace tidemark
