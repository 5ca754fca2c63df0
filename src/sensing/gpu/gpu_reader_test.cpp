#include "sensing/gpu/gpu_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "os/system_clock.h"
#include "sensing/gpu/gpu_sources.h"
#include "sensing/linux/test_child.h"
#include "support/fake_nvml_control.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

GpuOptions with(const std::string& nvml) {
  return {.nvml_library = nvml, .cuda_library = "", .nvidia_smi = ""};
}

HostTree tree() {
  return HostTree{}
      .file("proc/meminfo", "MemTotal: 127600748 kB\nMemAvailable: 118566368 kB\n")
      .file("proc/7/environ",
            "HF_TOKEN=x\0CUDA_VISIBLE_DEVICES=0\0CUDA_DEVICE_ORDER=PCI_BUS_ID\0"sv);
}

// A sample as the tick takes one, with the GPUs' part alone.
HostSample sample_of(GpuReader& reader, const Clock& clock) {
  HostSample sample{.at = clock.now()};
  reader.take(sample, {.main_pid = 7, .pids = std::array{7}});
  return sample;
}

HostSample first_sample(GpuReader& reader, const Clock& clock) {
  HostSample sample;
  EXPECT_TRUE(becomes_true([&] {
    sample = sample_of(reader, clock);
    return !sample.gpus.empty() && sample.gpus[0].run_memory != Bytes{};
  }));
  return sample;
}

TEST(GpuReader, leaves_its_answer_in_the_slot_with_its_age) {
  const FakeNvml fake{"two_gpus"};
  const auto host = tree();
  const SystemClock clock;
  GpuReader reader{host.host(), with(fake.path()), clock};
  const auto sample = first_sample(reader, clock);
  ASSERT_EQ(sample.gpus.size(), 2U);
  EXPECT_EQ(sample.gpus[0].memory_used, mib(14000));
  EXPECT_EQ(sample.gpus[0].run_memory, mib(13000));
  EXPECT_EQ(sample.gpus[0].memory_held, mib(13900));
  EXPECT_TRUE(sample.gpus[0].of_run);
  EXPECT_FALSE(sample.gpus[1].of_run) << "CUDA_VISIBLE_DEVICES=0";
  EXPECT_GE(sample.gpus[0].age, 0ns);
  EXPECT_LT(sample.gpus[0].age, 15s);
}

// The clock is the test's: a driver that hangs for a minute need not be waited for.
class SetClock final : public Clock {
 public:
  BootTime now() const override { return {real_.now().ns + ahead_.load()}; }
  WallTime wall() const override { return {}; }
  void advance(std::chrono::nanoseconds by) { ahead_ += by.count(); }

 private:
  SystemClock real_;
  std::atomic<std::int64_t> ahead_{0};
};

TEST(GpuReader, a_driver_that_hangs_holds_no_sample_and_its_old_answer_is_not_repeated) {
  const FakeNvml fake{"rtx4090"};
  const auto host = tree();
  SetClock clock;
  GpuReader reader{host.host(), with(fake.path()), clock};
  first_sample(reader, clock);
  fake.set("hangs", true);
  clock.advance(5s);
  (void)sample_of(reader, clock);  // asks, and the driver does not answer
  clock.advance(5s);
  auto sample = sample_of(reader, clock);
  ASSERT_EQ(sample.gpus.size(), 1U) << "for a while the last answer stands, with its age";
  EXPECT_GE(sample.gpus[0].age, 5s);
  clock.advance(30s);
  sample = sample_of(reader, clock);
  EXPECT_TRUE(sample.gpus.empty());
  const auto notice = reader.take_notice();
  ASSERT_TRUE(notice.has_value());
  EXPECT_TRUE(notice->starts_with("the GPU driver has not answered for ")) << *notice;
  (void)sample_of(reader, clock);
  EXPECT_FALSE(reader.take_notice().has_value()) << "said once";

  fake.set("hangs", false);
  EXPECT_EQ(first_sample(reader, clock).gpus.at(0).memory_used, mib(14000)) << "and it is back";
}

TEST(GpuReader, a_driver_that_hangs_does_not_hold_the_end) {
  const FakeNvml fake{"rtx4090"};
  const auto host = tree();
  const SystemClock clock;
  const auto threads = threads_of_this_process();
  fake.set("hangs", true);
  {
    GpuReader reader{host.host(), with(fake.path()), clock};
    ASSERT_TRUE(becomes_true([&] { return fake.calls() > 0; }));
    EXPECT_TRUE(sample_of(reader, clock).gpus.empty());
  }
  EXPECT_EQ(threads_of_this_process(), threads + 1) << "left behind, in the driver";
  fake.set("hangs", false);
  EXPECT_TRUE(becomes_true([&] { return threads_of_this_process() == threads; }));
}

TEST(GpuReader, a_machine_without_gpus_keeps_no_thread_for_them) {
  const auto host = tree();
  const SystemClock clock;
  const auto threads = threads_of_this_process();
  GpuReader reader{host.host(), with("libno-such-driver.so.1"), clock};
  EXPECT_TRUE(becomes_true([&] { return threads_of_this_process() == threads; }));
  EXPECT_TRUE(sample_of(reader, clock).gpus.empty());
  EXPECT_FALSE(reader.take_notice().has_value());
}

TEST(DescribeGpus, values_and_reasons) {
  const FakeNvml fake{"gb10"};
  const auto host = tree();
  const auto report = describe_gpus(host.host(), with(fake.path()));
  ASSERT_EQ(report.gpus.size(), 1U);
  const auto& gpu = report.gpus[0];
  EXPECT_EQ(gpu.sample.name, "NVIDIA GB10");
  EXPECT_EQ(gpu.source, "NVML");
  EXPECT_EQ(gpu.bus_id, "000f:01:00.0");
  EXPECT_EQ(gpu.sample.domain, MemoryDomain::unified);
  EXPECT_EQ(gpu.domain_evidence,
            "device memory is not supported by the driver while its per-process list works");
  EXPECT_EQ(gpu.sample.memory_held, mib(83109));
  ASSERT_EQ(gpu.absent.size(), 1U);
  EXPECT_EQ(gpu.absent[0].what, "memory");
}

TEST(DescribeGpus, why_there_are_none) {
  const auto host = tree();
  const auto report = describe_gpus(host.host(), with("libno-such-driver.so.1"));
  EXPECT_TRUE(report.gpus.empty());
  ASSERT_EQ(report.notes.size(), 2U);
  EXPECT_TRUE(report.notes[0].starts_with("NVML: libno-such-driver.so.1: cannot open"))
      << report.notes[0];
  EXPECT_EQ(report.notes[1], "amdgpu: no card in /sys/class/drm");
}

TEST(DescribeGpus, a_driver_that_hangs_is_not_waited_for) {
  const FakeNvml fake{"rtx4090"};
  const auto host = tree();
  fake.set("hangs", true);
  const auto report = describe_gpus(host.host(), with(fake.path()), 20ms);
  fake.set("hangs", false);
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(report.notes[0], "a GPU driver did not answer within 20 ms");
}

TEST(GpuOptions, a_recorded_tree_has_no_driver_of_this_machine) {
  const auto host = tree();
  EXPECT_EQ(options_for(host.host(), {}), with("")) << "no name, no question";
  EXPECT_EQ(options_for(host.host(), with("fake.so")).nvml_library, "fake.so");
  EXPECT_EQ(options_for(HostRoot{}, {}), GpuOptions{});
}

}  // namespace
}  // namespace tidemark
