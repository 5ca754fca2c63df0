// The GPU's runtime and driver, memory aside: CUDA, cuDNN, cuBLAS, cuSOLVER, HIP, MIOpen, SYCL,
// Triton, and torch's own words for a device that is not there.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"device-side assert triggered", cuda_error, anywhere},
    Pattern{"Device-side assertion", cuda_error, anywhere, weak},
    Pattern{"Assertion `", cuda_error, anywhere, weak, "block: ["},
    Pattern{"illegal memory access was encountered", cuda_error, anywhere},
    Pattern{"Memory access fault by GPU", cuda_error, anywhere},
    Pattern{"unspecified launch failure", cuda_error, anywhere},
    Pattern{"unspecified launch error", cuda_error, anywhere},
    Pattern{"no kernel image is available", cuda_error, anywhere},
    Pattern{"driver on your system is too old", cuda_error, raised},
    Pattern{"CUDA driver version is insufficient", cuda_error, anywhere},
    Pattern{"No CUDA GPUs are available", cuda_error, anywhere},
    Pattern{"No HIP GPUs are available", cuda_error, anywhere},
    Pattern{"Found no NVIDIA driver", cuda_error, raised},
    Pattern{"Torch not compiled with CUDA enabled", cuda_error, anywhere},
    Pattern{"Torch is not able to use GPU", cuda_error, anywhere},
    Pattern{"PyTorch is not linked with support for cuda", cuda_error, raised},
    Pattern{"PyTorch was compiled without CUDA support", cuda_error, raised},
    Pattern{"Attempting to deserialize object on", cuda_error, raised},
    Pattern{"Cannot re-initialize CUDA in forked subprocess", cuda_error, anywhere},
    Pattern{"CUDA-capable device", cuda_error, raised},
    Pattern{"CUDA unknown error", cuda_error, raised},
    Pattern{"Unexpected error from cudaGetDeviceCount", cuda_error, raised},
    Pattern{"Invalid device id", cuda_error, raised},
    Pattern{"invalid device ordinal", cuda_error, raised},
    Pattern{"CUDA driver initialization failed", cuda_error, raised},
    Pattern{"CUDA initialization error", cuda_error, raised},
    Pattern{"CUDA error", cuda_error, raised},
    Pattern{"CUDA error: ", cuda_error, anywhere, weak},
    Pattern{"CUDA kernel failed", cuda_error, anywhere},
    Pattern{"CUDA Error:", cuda_error, raised},
    Pattern{"cuda runtime error", cuda_error, raised},
    Pattern{"CUDA runtime error", cuda_error, anywhere},
    Pattern{"CUDA_ERROR_", cuda_error, raised},
    Pattern{"cuDNN error", cuda_error, raised},
    Pattern{"CUDNN_STATUS_", cuda_error, raised},
    Pattern{"CUDNN_BACKEND", cuda_error, raised},
    Pattern{"valid cuDNN algorithm", cuda_error, raised, weak},
    Pattern{"unable to find an engine to execute this computation", cuda_error, raised, weak},
    Pattern{"CUBLAS_STATUS_", cuda_error, raised, weak},
    Pattern{"CUSOLVER_STATUS_", cuda_error, raised},
    Pattern{"cusolver error", cuda_error, raised},
    Pattern{"CUSPARSE_STATUS_", cuda_error, raised},
    Pattern{"cuFFT error", cuda_error, raised},
    Pattern{"HIP error", cuda_error, raised},
    Pattern{"hipErrorNoBinaryForGpu", cuda_error, anywhere},
    Pattern{"HIPBLAS_STATUS_", cuda_error, raised},
    Pattern{"hipBLAS error", cuda_error, raised},
    Pattern{"rocBLAS error", cuda_error, anywhere},
    Pattern{"MIOpen Error", cuda_error, anywhere},
    Pattern{"miopenStatus", cuda_error, raised},
    Pattern{"HSA_STATUS_ERROR", cuda_error, anywhere},
    Pattern{"Native API failed", cuda_error, raised},
    Pattern{"UR_RESULT_ERROR_", cuda_error, raised},
    Pattern{"level_zero backend failed", cuda_error, raised},
    Pattern{"Triton Error [", cuda_error, raised},
    Pattern{"out of resource: shared memory", cuda_error, raised},
    Pattern{"GPU has fallen off the bus", cuda_error, anywhere},
    Pattern{"uncorrectable ECC error", cuda_error, anywhere},
    Pattern{"NVRM: Xid", cuda_error, anywhere, weak},
    Pattern{"Failed to initialize NVML", cuda_error, raised},
    Pattern{"failed call to cuInit", cuda_error, anywhere, warning},
    Pattern{"command buffer exited with error status", cuda_error, anywhere, weak},
    Pattern{"only supports Ampere GPUs or newer", cuda_error, raised},
};

}  // namespace

std::span<const Pattern> gpu_error_patterns() {
  return kPatterns;
}

}  // namespace tidemark
