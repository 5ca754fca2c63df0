// The machines that the stand-in plays. Figures are of public reports where there are any.
#include <string_view>

#include "fake_nvml.h"

namespace fake_nvml {
namespace {

constexpr std::uint64_t kMib = 1U << 20;

Device rtx4090(unsigned bus, const char* uuid) {
  return {.name = "NVIDIA GeForce RTX 4090",
          .uuid = uuid,
          .bus = bus,
          .total = 24564 * kMib,
          .reserved = 380 * kMib,
          .used = 14000 * kMib,
          .utilization = 97,
          .compute = {{7, 13000 * kMib}, {900, 600 * kMib}},
          .graphics = {{901, 300 * kMib}, {900, 600 * kMib}},
          .addressing = 1};
}

// DGX Spark, driver 580.173.02: every memory call is refused, the rest works.
Device gb10() {
  return {.name = "NVIDIA GB10",
          .uuid = "GPU-2dee1e25-b3b5-007e-2b55-79f2d0f2ebe5",
          .domain = 0xF,
          .bus = 1,
          .memory_code = kNotSupported,
          .utilization = 12,
          .compute = {{7, 63931 * kMib}, {901, 19135 * kMib}},
          .graphics = {{902, 43 * kMib}},
          .addressing = 2};
}

Device h100_with_mig() {
  Device gpu{.name = "NVIDIA H100 80GB HBM3",
             .uuid = "GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f",
             .bus = 0x1B,
             .memory_code = kNoPermission,
             .utilization_code = kNotSupported,
             .process_code = kNoPermission};
  for (const auto* uuid :
       {"MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f", "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb"})
    gpu.mig.push_back({.name = "NVIDIA H100 80GB HBM3 MIG 3g.40gb",
                       .uuid = uuid,
                       .bus = 0x1B,
                       .total = 40448 * kMib,
                       .reserved = 0,
                       .used = 20000 * kMib,
                       .utilization_code = kNotSupported});
  gpu.mig[1].compute = {{7, 19000 * kMib}};
  return gpu;
}

Device gh200() {
  return {.name = "NVIDIA GH200 480GB",
          .uuid = "GPU-f4e25d6a-0b39-7c85-5b0f-30a7a8bd8ee5",
          .domain = 9,
          .bus = 1,
          .total = 97871 * kMib,
          .reserved = 600 * kMib,
          .used = 50000 * kMib,
          .utilization = 88,
          .compute = {{7, 49000 * kMib}},
          .addressing = 2,
          .numa_node = 1};
}

constexpr const char* kFirst = "GPU-11111111-0000-0000-0000-000000000001";
constexpr const char* kSecond = "GPU-22222222-0000-0000-0000-000000000002";

bool set_up(Machine& m, std::string_view scenario) {
  auto& gpus = m.devices;
  if (scenario == "no_driver") {
    m.init_code = kDriverNotLoaded;
  } else if (scenario == "rtx4090") {
    gpus = {rtx4090(1, kFirst)};
  } else if (scenario == "driver_535") {  // entries of another size under the same name
    gpus = {rtx4090(1, kFirst)};
    m.process_entry_bytes = 32;
  } else if (scenario == "two_gpus") {
    gpus = {rtx4090(1, kFirst), rtx4090(0x41, kSecond)};
    gpus[1].compute = {{900, 600 * kMib}};
    gpus[1].graphics.clear();
  } else if (scenario == "second_fails") {
    gpus = {rtx4090(1, kFirst), rtx4090(0x41, kSecond)};
    gpus[1].memory_code = gpus[1].utilization_code = gpus[1].process_code = kUnknown;
  } else if (scenario == "second_refused") {
    gpus = {rtx4090(1, kFirst), {.handle_code = kGpuIsLost}};
  } else if (scenario == "h100_mig") {
    gpus = {h100_with_mig()};
  } else if (scenario == "gh200") {
    gpus = {gh200()};
  } else if (scenario == "gh200_cdmm") {  // HBM managed by the driver: no NUMA node
    gpus = {gh200()};
    gpus[0].numa_node = -1;
  } else if (scenario == "gb10") {
    gpus = {gb10()};
  } else if (scenario == "gb10_idle") {  // nothing but the desktop's own
    gpus = {gb10()};
    gpus[0].compute.clear();
  } else if (scenario == "gb10_zero") {
    gpus = {gb10()};
    gpus[0].memory_code = kSuccess;
  } else if (scenario == "gb10_machine_total") {  // MemTotal: 127600748 kB
    gpus = {gb10()};
    gpus[0].memory_code = kSuccess;
    gpus[0].total = 127600748ULL * 1024;
    gpus[0].used = 98 * 1024 * kMib;
  } else if (scenario == "n1x") {
    gpus = {gb10()};
    gpus[0].name = "NVIDIA N1X";
    gpus[0].memory_code = kSuccess;
    gpus[0].total = 8128 * kMib;
    gpus[0].used = 199 * kMib;
  } else if (scenario == "n1x_old_driver") {  // says nothing of how it addresses memory
    gpus = {gb10()};
    gpus[0].memory_code = kSuccess;
    gpus[0].total = 8128 * kMib;
    gpus[0].addressing = -1;
    gpus[0].compute = {{7, 100 * kMib}};
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace fake_nvml

extern "C" bool fake_nvml_play(const char* scenario) {
  auto& m = fake_nvml::machine();
  m.init_code = 0;
  m.devices.clear();
  m.process_entry_bytes = 24;
  m.fails = m.lost = m.hangs = false;
  m.calls = m.refused = 0;
  return fake_nvml::set_up(m, scenario);
}
