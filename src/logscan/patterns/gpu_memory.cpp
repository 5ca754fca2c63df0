// Failed allocations on devices. Wordings: c10's allocators of CUDA, HIP and XPU (their text is one
// template since PyTorch 1.0, with the device's name in front), ATen's MPS allocator, the CUDA, HIP
// and SYCL runtimes' error names, TensorFlow's BFC allocator, XLA, CuPy, DGL, MLX and ai-toolkit.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"XPU out of memory", xpu_oom, anywhere},
    Pattern{"UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY", xpu_oom, anywhere},
    Pattern{"UR_RESULT_ERROR_OUT_OF_RESOURCES", xpu_oom, anywhere},
    Pattern{"PI_ERROR_OUT_OF_RESOURCES", xpu_oom, anywhere},
    Pattern{"PI_ERROR_OUT_OF_HOST_MEMORY", xpu_oom, anywhere},
    Pattern{"ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY", xpu_oom, anywhere},
    Pattern{"can NOT allocate memory block with size larger than", xpu_oom, anywhere},
    Pattern{"Triton Error [HIP]", hip_oom, raised, decisive, "out of memory"},
    Pattern{"ROCm error: out of memory", hip_oom, anywhere},
    Pattern{"miopenStatusAllocFailed", hip_oom, anywhere},
    Pattern{"HIP out of memory", hip_oom, anywhere},
    Pattern{"HIP error: out of memory", hip_oom, anywhere},
    Pattern{"HIP error: hipErrorOutOfMemory", hip_oom, anywhere},
    Pattern{"HIP_ERROR_OutOfMemory", hip_oom, anywhere, weak},
    Pattern{"hipErrorOutOfMemory", hip_oom, anywhere},
    Pattern{"hipErrorMemoryAllocation", hip_oom, anywhere},
    Pattern{"HIPBLAS_STATUS_ALLOC_FAILED", hip_oom, anywhere, weak},
    Pattern{"rocblas_status_memory_error", hip_oom, anywhere, weak},
    Pattern{"MPS backend out of memory", mps_oom, anywhere},
    Pattern{"kIOGPUCommandBufferCallbackErrorOutOfMemory", mps_oom, anywhere},
    Pattern{"Invalid buffer size: ", mps_oom, raised, decisive, "B"},
    Pattern{"[metal::malloc]", mps_oom, anywhere},
    Pattern{"MPS: Unable to allocate", mps_oom, anywhere},
    Pattern{"NPU out of memory", cuda_oom, anywhere},
    Pattern{"Triton Error [CUDA]: out of memory", cuda_oom, anywhere},
    Pattern{"cudaMalloc failed: out of memory", cuda_oom, anywhere},
    Pattern{"cuMemAlloc failed: out of memory", cuda_oom, anywhere},
    Pattern{"enforce fail at context_gpu.cu", cuda_oom, raised, decisive, "out of memory"},
    Pattern{"Out of memory error on GPU", cuda_oom, anywhere},
    Pattern{"Allocation on device", cuda_oom, raised, decisive, "OutOfMemoryError"},
    Pattern{"Dst tensor is not initialized", cuda_oom, raised},
    // TensorRT tries tactics that need more than there is, and may go on without them.
    Pattern{"Cuda Runtime (out of memory)", cuda_oom, anywhere, weak},
    Pattern{"Requested amount of GPU memory (", cuda_oom, anywhere, weak, "could not be allocated"},
    // bitsandbytes prints what its own calls of the runtime answer, and exits.
    Pattern{"Error out of memory at line ", cuda_oom, anywhere},
    // NCCL names the call that failed, not the reason, which is the same.
    Pattern{"Failed to CUDA calloc", cuda_oom, anywhere},
    Pattern{"cublas runtime error : resource allocation failed", cuda_oom, anywhere, weak},
    Pattern{"CUDA out of memory", cuda_oom, anywhere},
    Pattern{"Cuda out of memory", cuda_oom, anywhere},
    Pattern{"CUDA error: out of memory", cuda_oom, anywhere},
    Pattern{"CUDA: out of memory", cuda_oom, anywhere},
    Pattern{"CUDA driver error: out of memory", cuda_oom, anywhere},
    Pattern{"CUDA Error: out of memory", cuda_oom, anywhere},
    Pattern{"CUDA runtime error: out of memory", cuda_oom, anywhere},
    Pattern{"CUDA failure 2: out of memory", cuda_oom, anywhere},
    Pattern{"cuda runtime error (2) : out of memory", cuda_oom, anywhere},
    Pattern{"Cuda failure 'out of memory'", cuda_oom, anywhere},
    Pattern{"Cuda failure 2 'out of memory'", cuda_oom, anywhere},
    Pattern{"cudaErrorMemoryAllocation", cuda_oom, anywhere},
    Pattern{"CUDA_ERROR_OUT_OF_MEMORY", cuda_oom, anywhere, weak},
    Pattern{"NVML_SUCCESS == r INTERNAL ASSERT FAILED", cuda_oom, anywhere},
    Pattern{"NVML_SUCCESS == DriverAPI", cuda_oom, anywhere},
    Pattern{"memory allocation failed with OOM on device", cuda_oom, anywhere},
    Pattern{"OOM when allocating tensor", cuda_oom, anywhere},
    Pattern{"RESOURCE_EXHAUSTED: Out of memory", cuda_oom, anywhere},
    Pattern{"RESOURCE_EXHAUSTED: Failed to allocate", cuda_oom, anywhere},
    Pattern{"RESOURCE_EXHAUSTED: Allocation", cuda_oom, anywhere},
    // gRPC says the same of a message that is too long.
    Pattern{"RESOURCE_EXHAUSTED: ", cuda_oom, raised, decisive, {}, "eceived message larger"},
    Pattern{"Resource exhausted: Out of memory", cuda_oom, anywhere},
    Pattern{"Resource exhausted: OOM", cuda_oom, anywhere},
    Pattern{"Ran out of memory in memory space hbm", cuda_oom, anywhere},
    Pattern{
        "ran out of memory trying to allocate", cuda_oom, anywhere, warning, {}, "RuntimeError"},
    Pattern{"Out of memory allocating ", cuda_oom, raised},
    Pattern{"out of memory to allocate ", cuda_oom, raised},
    Pattern{"Failed to allocate memory for requested buffer", cuda_oom, raised},
    Pattern{"CUBLAS_STATUS_ALLOC_FAILED", cuda_oom, anywhere, weak},
    Pattern{"CUDNN_STATUS_ALLOC_FAILED", cuda_oom, anywhere, weak},
    Pattern{"CUSOLVER_STATUS_ALLOC_FAILED", cuda_oom, anywhere, weak},
    Pattern{"CUSPARSE_STATUS_ALLOC_FAILED", cuda_oom, anywhere, weak},
    Pattern{"CUFFT_ALLOC_FAILED", cuda_oom, anywhere, weak},
    Pattern{"No available memory for the cache blocks", cuda_oom, raised},
    Pattern{"OOM during training step", cuda_oom, raised, decisive, "times in a row"},
    // fairseq, and loops written after it.
    Pattern{"ran out of memory, skipping batch", cuda_oom, anywhere, warning},
    Pattern{"ran out of memory, retrying batch", cuda_oom, anywhere, warning},
};

}  // namespace

std::span<const Pattern> gpu_memory_patterns() {
  return kPatterns;
}

}  // namespace tidemark
