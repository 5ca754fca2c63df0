// A stand-in for libcuda.so, of a machine with one integrated device beside a card.
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {

int cuInit(unsigned) {
  // A test's word that the driver should hang.
  while (std::getenv("TIDEMARK_FAKE_CUDA_HANGS") != nullptr) {
  }
  return 0;
}
int cuDeviceGetCount(int* count) {
  *count = std::getenv("CUDA_VISIBLE_DEVICES") != nullptr ? 0 : 2;
  return 0;
}
int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  constexpr int kIntegrated = 18;
  *value = attribute == kIntegrated && device == 0 ? 1 : 0;
  return 0;
}
int cuDeviceGetPCIBusId(char* out, int length, int device) {
  std::snprintf(out, static_cast<std::size_t>(length), "%s",
                device == 0 ? "000F:01:00.0" : "0000:41:00.0");
  return 0;
}

}  // extern "C"
