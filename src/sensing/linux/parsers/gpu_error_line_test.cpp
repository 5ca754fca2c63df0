#include "sensing/linux/parsers/gpu_error_line.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(GpuErrorLine, an_xid_and_a_lost_device) {
  EXPECT_TRUE(is_gpu_error(
      "NVRM: Xid (PCI:0000:01:00): 79, pid=4711, name=python3, GPU has fallen off the bus."));
  EXPECT_TRUE(is_gpu_error("NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x62:0xffff:2477)"));
}

TEST(GpuErrorLine, a_reset_and_a_hung_ring_of_amdgpu) {
  EXPECT_TRUE(is_gpu_error("amdgpu 0000:03:00.0: amdgpu: GPU reset begin!"));
  EXPECT_TRUE(is_gpu_error(
      "[drm:amdgpu_job_timedout [amdgpu]] *ERROR* ring gfx_0.0.0 timeout, signaled seq=1, emitted "
      "seq=3"));
}

TEST(GpuErrorLine, what_a_driver_says_as_it_loads_is_no_error) {
  EXPECT_FALSE(is_gpu_error("NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.54.14"));
  EXPECT_FALSE(is_gpu_error("[drm] amdgpu kernel modesetting enabled."));
  EXPECT_FALSE(is_gpu_error("Out of memory: Killed process 7 (python3)"));
}

}  // namespace
}  // namespace tidemark
