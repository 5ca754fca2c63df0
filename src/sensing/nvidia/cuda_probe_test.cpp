#include "sensing/nvidia/cuda_probe.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace tidemark {
namespace {

using std::chrono::milliseconds;

TEST(CudaProbe, integrated_devices_by_their_place) {
  const auto devices = ask_cuda(TIDEMARK_FAKE_CUDA, milliseconds{5000});
  ASSERT_TRUE(devices.has_value()) << devices.error().message;
  ASSERT_EQ(devices->size(), 2U);
  EXPECT_EQ(devices->at(0).bus_id, "000f:01:00.0");
  EXPECT_TRUE(devices->at(0).integrated);
  EXPECT_FALSE(devices->at(1).integrated);
}

TEST(CudaProbe, what_this_process_may_see_does_not_matter) {
  ::setenv("CUDA_VISIBLE_DEVICES", "", 1);
  const auto devices = ask_cuda(TIDEMARK_FAKE_CUDA, milliseconds{5000});
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_TRUE(devices.has_value());
}

TEST(CudaProbe, a_machine_without_cuda) {
  const auto devices = ask_cuda("libno-such-cuda.so.1", milliseconds{5000});
  ASSERT_FALSE(devices.has_value());
  EXPECT_EQ(devices.error().code, Errc::not_found);
}

TEST(CudaProbe, a_driver_that_hangs_is_left) {
  ::setenv("TIDEMARK_FAKE_CUDA_HANGS", "1", 1);
  const auto devices = ask_cuda(TIDEMARK_FAKE_CUDA, milliseconds{50});
  ::unsetenv("TIDEMARK_FAKE_CUDA_HANGS");
  ASSERT_FALSE(devices.has_value());
  EXPECT_EQ(devices.error().code, Errc::busy);
}

}  // namespace
}  // namespace tidemark
