#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

struct Case {
  const char* category;
  const char* line;
};

class RaisedCategory : public testing::TestWithParam<Case> {};

TEST_P(RaisedCategory, is_known_at_the_end_of_a_traceback) {
  EXPECT_EQ(category_of("Loading model\n" + failed_with(GetParam().line)), GetParam().category)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    memory, RaisedCategory,
    testing::Values(
        Case{"cuda_oom", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."},
        Case{"cuda_oom",
             "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 5 MiB"},
        Case{"cuda_oom",
             "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 1; 8.00 GiB total "
             "capacity; 7 GiB already allocated; 2.00 MiB free; 30.00 MiB cached)"},
        Case{"cuda_oom", "RuntimeError: CUDA error: out of memory"},
        Case{"cuda_oom",
             "RuntimeError: cuda runtime error (2) : out of memory at "
             "/opt/THC/generic/THCStorage.cu:58"},
        Case{"cuda_oom",
             "RuntimeError: NVML_SUCCESS == r INTERNAL ASSERT FAILED at "
             "\"CUDACachingAllocator.cpp\":1131, please report a bug to PyTorch."},
        Case{"cuda_oom",
             "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling "
             "`cublasCreate(handle)`"},
        Case{"cuda_oom",
             "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying "
             "to allocate 123456 bytes."},
        Case{"cuda_oom",
             "RuntimeError: Resource exhausted: Out of memory while trying to allocate 99 bytes."},
        Case{"cuda_oom",
             "dgl._ffi.base.DGLError: [12:00:00] cuda_device_api.cc:97: Check failed: e == "
             "cudaSuccess: CUDA: out of memory"},
        Case{"cuda_oom",
             "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 4,096 bytes (allocated "
             "so far: 512 bytes)."},
        Case{"cuda_oom",
             "torch.distributed.DistBackendError: NCCL error in: /src/NCCLUtils.hpp:77, unhandled "
             "cuda error. Last error: Cuda failure 'out of memory'"},
        Case{"cuda_oom",
             "RuntimeError: OOM during training step 3 times in a row, aborting training"},
        Case{"hip_oom",
             "torch.OutOfMemoryError: HIP out of memory. Tried to allocate 432.00 MiB. GPU 0 has a "
             "total capacity of 15.92 GiB of which 7.12 GiB is free."},
        Case{"hip_oom", "RuntimeError: HIP error: out of memory"},
        Case{"hip_oom", "RuntimeError: HIP error: hipErrorOutOfMemory"},
        Case{"xpu_oom",
             "torch.OutOfMemoryError: XPU out of memory. Tried to allocate 4.66 GiB. GPU 0 has a "
             "total capacity of 5.65 GiB."},
        Case{"xpu_oom",
             "RuntimeError: level_zero backend failed with error: 39 "
             "(UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)"},
        Case{"xpu_oom",
             "RuntimeError: Native API failed. Native API returns: -5 (PI_ERROR_OUT_OF_RESOURCES) "
             "-5 (PI_ERROR_OUT_OF_RESOURCES)"},
        Case{"mps_oom",
             "RuntimeError: MPS backend out of memory (MPS allocated: 9.05 GB, other allocations: "
             "1.30 MB, max allowed: 9.07 GB). Tried to allocate 256 bytes on private pool."},
        Case{"mps_oom", "RuntimeError: Invalid buffer size: 20.50 GB"},
        Case{"mps_oom",
             "RuntimeError: [METAL] Command buffer execution failed: Insufficient Memory "
             "(00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"},
        Case{"host_oom", "MemoryError"},
        Case{"host_oom",
             "RuntimeError: [enforce fail at alloc_cpu.cpp:114] data. DefaultCPUAllocator: not "
             "enough memory: you tried to allocate 64 bytes."},
        Case{"host_oom",
             "numpy.core._exceptions.MemoryError: Unable to allocate 1.50 GiB for an array with "
             "shape (10, 20) and data type float64"},
        Case{"host_oom", "OSError: [Errno 12] Cannot allocate memory"},
        Case{
            "host_oom",
            "OSError: [WinError 1455] The paging file is too small for this operation to complete"},
        Case{"host_oom", "pyarrow.lib.ArrowMemoryError: malloc of size 4096 failed"},
        Case{"host_oom",
             "RuntimeError: unable to mmap 4096 bytes from file <model.safetensors>: Cannot "
             "allocate memory (12)"},
        Case{"host_oom_kill",
             "RuntimeError: DataLoader worker (pid 12) is killed by signal: Killed. "},
        Case{"host_oom_kill",
             "torch.multiprocessing.spawn.ProcessExitedException: process 1 terminated with signal "
             "SIGKILL"},
        Case{"host_oom_kill",
             "subprocess.CalledProcessError: Command '['python', 't.py']' died with "
             "<Signals.SIGKILL: 9>."},
        Case{"host_oom_kill",
             "ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on "
             "memory."},
        Case{"shm_exhausted",
             "RuntimeError: DataLoader worker (pid 12) is killed by signal: Bus error. It is "
             "possible that dataloader's workers are out of shared memory."},
        Case{"shm_exhausted",
             "RuntimeError: unable to open shared memory object </torch_1_2_3> in read-write mode: "
             "Too many open files (24)"},
        Case{"shm_exhausted",
             "RuntimeError: unable to write to file </torch_1_2>: No space left on device (28)"},
        Case{"shm_exhausted", "RuntimeError: received 0 items of ancdata"},
        Case{"shm_exhausted", "OSError: [Errno 28] No space left on device: '/dev/shm/pym-1'"},
        Case{"shm_exhausted", "OSError: [Errno 24] Too many open files"}));

INSTANTIATE_TEST_SUITE_P(
    devices, RaisedCategory,
    testing::Values(
        Case{"cuda_error", "RuntimeError: CUDA error: an illegal memory access was encountered"},
        Case{"cuda_error", "torch.AcceleratorError: CUDA error: unspecified launch failure"},
        Case{"cuda_error",
             "RuntimeError: CUDA error: no kernel image is available for execution on the device"},
        Case{"cuda_error",
             "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an "
             "NVIDIA GPU"},
        Case{"cuda_error", "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"},
        Case{"cuda_error",
             "RuntimeError: Attempting to deserialize object on a CUDA device but "
             "torch.cuda.is_available() is False."},
        Case{"cuda_error", "RuntimeError: HIP error: invalid device function"},
        Case{"cuda_error",
             "RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling "
             "`cublasSgemm(a)`"},
        Case{"cuda_error", "RuntimeError: No HIP GPUs are available"},
        Case{"cuda_error", "RuntimeError: CUDA error: invalid device ordinal"},
        Case{"nccl_error",
             "torch.distributed.DistBackendError: NCCL error in: /src/ProcessGroupNCCL.cpp:1691, "
             "unhandled system error"},
        Case{"nccl_error",
             "RuntimeError: [Rank 1] Watchdog caught collective operation timeout: "
             "WorkNCCL(SeqNum=3)"},
        Case{"nccl_error",
             "RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed "
             "by peer [10.0.0.2]:4"},
        Case{"nccl_error",
             "torch.distributed.DistNetworkError: The client socket has timed out after 600s while "
             "trying to connect to (10.0.0.2, 29500)."},
        Case{"nccl_error",
             "torch.distributed.DistNetworkError: The server socket has failed to listen on any "
             "local network address. port: 29500, EADDRINUSE"},
        Case{"nccl_error",
             "torch.distributed.DistStoreError: Timed out after 1801 seconds waiting for clients. "
             "1/2 clients joined."},
        Case{"numerical",
             "ValueError: Expected parameter loc (Tensor of shape (1,)) to satisfy the constraint "
             "Real(), but found invalid values:"},
        Case{"numerical",
             "RuntimeError: probability tensor contains either `inf`, `nan` or element < 0"},
        Case{"numerical",
             "FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably "
             "exploding."},
        Case{"numerical", "ValueError: Input contains NaN."},
        Case{"numerical", "numpy.linalg.LinAlgError: SVD did not converge"},
        Case{"numerical",
             "Exception: Current loss scale already at minimum - cannot decrease scale anymore. "
             "Exiting run."}));

INSTANTIATE_TEST_SUITE_P(
    surroundings, RaisedCategory,
    testing::Values(
        Case{"config_error",
             "ValueError: batch_size should be a positive integer value, but got batch_size=0.5"},
        Case{"config_error", "omegaconf.errors.ConfigAttributeError: Key 'lr' is not in struct"},
        Case{"config_error", "yaml.scanner.ScannerError: mapping values are not allowed here"},
        Case{"config_error",
             "argparse.ArgumentError: argument -h/--help: conflicting option strings"},
        Case{"config_error", "ValueError: FP16 Mixed precision training with AMP requires a GPU"},
        Case{"config_error",
             "AssertionError: Check batch related parameters. train_batch_size is not equal to "
             "micro_batch_per_gpu * gradient_acc_step * world_size 64 != 4 * 1 * 8"},
        Case{"config_error",
             "pydantic_core._pydantic_core.ValidationError: 1 validation error for TrainSettings"},
        Case{"config_error", "ValueError: --cache_latents and --color_aug cannot be used together"},
        Case{"missing_file",
             "FileNotFoundError: [Errno 2] No such file or directory: 'data/a.json'"},
        Case{"missing_file",
             "huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error. Repository Not "
             "Found for url: https://hub/x."},
        Case{"missing_file",
             "OSError: me/nothing is not a local folder and is not a valid model identifier listed "
             "on 'https://hub/models'"},
        Case{"missing_file",
             "OSError: me/model does not appear to have a file named pytorch_model.bin"},
        Case{"missing_file",
             "datasets.exceptions.DatasetNotFoundError: Dataset 'a/b' doesn't exist on the Hub or "
             "cannot be accessed."},
        Case{"missing_file", "NotADirectoryError: [Errno 20] Not a directory: 'x'"},
        Case{"auth_error",
             "huggingface_hub.errors.GatedRepoError: 403 Client Error. Cannot access gated repo "
             "for url https://hub/x"},
        Case{"auth_error",
             "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
             "https://hub/api/whoami-v2"},
        Case{"auth_error",
             "OSError: You are trying to access a gated repo. Make sure to have access to it at "
             "https://hub/x"},
        Case{"auth_error",
             "wandb.errors.errors.UsageError: api_key not configured (no-tty). call "
             "wandb.login(key=[your_api_key])"},
        Case{"auth_error", "botocore.exceptions.NoCredentialsError: Unable to locate credentials"},
        Case{"auth_error",
             "huggingface_hub.errors.LocalTokenNotFoundError: Token is required (`token=True`), "
             "but no token found."},
        Case{"network_error",
             "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='hub', port=443): Max "
             "retries exceeded with url: /x"},
        Case{"network_error",
             "httpx.ConnectError: [Errno -3] Temporary failure in name resolution"},
        Case{"network_error", "socket.timeout: The read operation timed out"},
        Case{"network_error",
             "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: "
             "https://hub/x"},
        Case{"network_error", "urllib.error.HTTPError: HTTP Error 503: Service Unavailable"},
        Case{"network_error", "ConnectionRefusedError: [Errno 111] Connection refused"},
        Case{"network_error",
             "huggingface_hub.errors.LocalEntryNotFoundError: An error happened while trying to "
             "locate the file on the Hub and we cannot find the requested files in the local "
             "cache."},
        Case{"disk_full", "OSError: [Errno 28] No space left on device"},
        Case{"disk_full", "OSError: [Errno 122] Disk quota exceeded: '/scratch/x'"},
        Case{"disk_full",
             "RuntimeError: [enforce fail at inline_container.cc:595] . unexpected pos 512 vs 400"},
        Case{"disk_full",
             "RuntimeError: PytorchStreamWriter failed writing file data/12: file write failed"},
        Case{"disk_full",
             "safetensors_rust.SafetensorError: Error while serializing: IoError(Os { code: 28, "
             "kind: StorageFull, message: \"No space left on device\" })"},
        Case{"disk_full", "sqlite3.OperationalError: database or disk is full"},
        Case{"data_error", "PIL.UnidentifiedImageError: cannot identify image file '/d/a.png'"},
        Case{"data_error", "OSError: image file is truncated (12 bytes not processed)"},
        Case{"data_error", "_pickle.UnpicklingError: invalid load key, '\\x0a'."},
        Case{"data_error",
             "RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central "
             "directory"},
        Case{"data_error",
             "safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge"},
        Case{"data_error",
             "RuntimeError: stack expects each tensor to be equal size, but got [3, 5] at entry 0 "
             "and [3, 6] at entry 1"},
        Case{"data_error",
             "ValueError: num_samples should be a positive integer value, but got num_samples=0"},
        Case{"data_error", "IndexError: index out of range in self"},
        Case{"data_error", "zipfile.BadZipFile: File is not a zip file"},
        Case{"dependency_error", "ModuleNotFoundError: No module named 'xformers'"},
        Case{"dependency_error",
             "ImportError: cannot import name 'x' from 'transformers' (/usr/lib/x.py)"},
        Case{"dependency_error",
             "ImportError: /lib64/libstdc++.so.6: version `GLIBCXX_3.4.29' not found"},
        Case{"dependency_error", "AttributeError: module 'numpy' has no attribute 'bool'."},
        Case{"dependency_error", "RuntimeError: Error building extension 'fused_adam'"},
        Case{"dependency_error",
             "importlib.metadata.PackageNotFoundError: No package metadata was found for "
             "bitsandbytes"},
        Case{"dependency_error",
             "ValueError: numpy.dtype size changed, may indicate binary incompatibility."},
        Case{"dependency_error",
             "OSError: libcublas.so.12: cannot open shared object file: No such file or directory"},
        Case{"dependency_error", "RuntimeError: operator torchvision::nms does not exist"},
        Case{"other_error", "PermissionError: [Errno 13] Permission denied: '/root/x'"},
        Case{"other_error", "sqlite3.OperationalError: database is locked"},
        Case{"other_error", "ZeroDivisionError: division by zero"},
        Case{"other_error", "TypeError: forward() got an unexpected keyword argument 'mask'"},
        Case{"other_error", "RuntimeError: Error(s) in loading state_dict for Net:"},
        Case{"other_error", "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: "},
        Case{"other_error", "KeyboardInterrupt"}));

class LineCategory : public testing::TestWithParam<Case> {};

TEST_P(LineCategory, is_known_on_a_line_of_its_own) {
  EXPECT_EQ(category_of("Loading model\n" + std::string{GetParam().line} + "\n"),
            GetParam().category)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    loose, LineCategory,
    testing::Values(
        Case{"host_oom_kill", "Killed"}, Case{"host_oom_kill", "Killed: 9"},
        Case{"host_oom_kill", "./run.sh: line 7:  1234 Killed                  python train.py"},
        Case{"host_oom_kill", "[1]    4321 killed     python train.py"},
        Case{"host_oom_kill",
             "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=5.batch. Some of your "
             "processes may have been killed by the cgroup out-of-memory handler."},
        Case{"host_oom_kill",
             "slurmstepd: error: Detected 1 oom_kill event in StepId=5.0. Some of the step tasks "
             "have been OOM Killed."},
        Case{"host_oom_kill",
             "ERROR:torch.distributed.elastic.multiprocessing.api:failed (exitcode: -9) "
             "local_rank: 0 (pid: 77) of binary: /usr/bin/python"},
        Case{"host_oom_kill", "Job process terminated with signal SIGKILL."},
        Case{"cuda_oom",
             "CUDA out of memory. Tried to allocate 1.00 GiB. GPU 0 has a total capacity of 8.00 "
             "GiB"},
        Case{"cuda_oom",
             "[rank0]:[W1123 05:15:28.1 CUDACachingAllocator.cpp:1] memory allocation failed with "
             "OOM on device 0 while trying to allocate 512 bytes (free: 100, total: 1000)."},
        Case{"xpu_oom",
             "terminate called after throwing an instance of 'sycl::_V1::exception'\n  what():  "
             "UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY"},
        Case{"host_oom",
             "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  "
             "std::bad_alloc\nAborted (core dumped)"},
        Case{"mps_oom",
             "error: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"},
        Case{"shm_exhausted",
             "ERROR: Unexpected bus error encountered in worker. This might be caused by "
             "insufficient shared memory (shm)."},
        Case{"cuda_error",
             "Memory access fault by GPU node-1 (Agent handle: 0x5) on address 0x7. Reason: "
             "Unknown."},
        Case{"cuda_error",
             "/aten/src/ATen/native/cuda/Loss.cu:250: nll_loss_forward: block: [0,0,0], thread: "
             "[3,0,0] Assertion `t >= 0 && t < n_classes` failed."},
        Case{"nccl_error",
             "node7:51:60 [0] misc/socket.cc:49 NCCL WARN socketProgress: Connection closed by "
             "remote peer"},
        Case{"config_error",
             "usage: train.py [-h] [--lr LR]\ntrain.py: error: unrecognized arguments: --learning "
             "3"},
        Case{"config_error", "train.py: error: the following arguments are required: --config"},
        Case{"config_error", "Error: No such option: --epochz"},
        Case{"missing_file",
             "python: can't open file '/w/trian.py': [Errno 2] No such file or directory"},
        Case{"dependency_error", "/usr/bin/python: No module named torchrun"},
        Case{"dependency_error", "bash: accelerate: command not found"},
        Case{"other_error",
             "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-02T03:04:05 DUE TO TIME "
             "LIMIT ***"},
        Case{"other_error", "Segmentation fault (core dumped)"},
        Case{"other_error", "Fatal Python error: Segmentation fault"},
        Case{"numerical", "epoch 3 train loss: nan acc: 0.1"},
        Case{"numerical", "{'loss': nan, 'learning_rate': 1e-05, 'epoch': 0.1}"},
        Case{"numerical", "Loss is nan, stopping training"},
        Case{"warning_only",
             "/usr/lib/x.py:9: UserWarning: CUDA initialization: Found no NVIDIA driver on your "
             "system."},
        Case{
            "warning_only",
            "2026-01-02 03:04:05,678 - WARNING - the model and the loaded state dict do not match"},
        Case{"warning_only",
             "[W socket.cpp:601] [c10d] The client socket cannot be initialized to connect to "
             "[::]:29500"},
        Case{"warning_only", "wandb: ERROR Error while calling W&B API: something"},
        Case{"warning_only",
             "wandb: WARNING A graphql request initiated by the public wandb API timed out"},
        Case{"warning_only",
             "Some weights of BertForX were not initialized from the model checkpoint at b and are "
             "newly initialized: ['c']"}));

}  // namespace
}  // namespace tidemark
