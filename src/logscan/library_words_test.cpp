#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

struct Case {
  const char* category;
  const char* line;
};

/// What libraries raise: their own words, around names of ours.
class RaisedWords : public testing::TestWithParam<Case> {};

TEST_P(RaisedWords, are_known_at_the_end_of_a_traceback) {
  EXPECT_EQ(category_of("Loading model\n" + failed_with(GetParam().line)), GetParam().category)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    memory, RaisedWords,
    testing::Values(
        Case{"cuda_oom", "torch.OutOfMemoryError: Allocation on device"},
        Case{"cuda_oom",
             "torch.cuda.OutOfMemoryError: Allocation on device 0 would exceed allowed memory. "
             "(out of memory)"},
        Case{"cuda_oom",
             "RuntimeError: cublas runtime error : resource allocation failed at "
             "/pytorch/aten/src/THC/THCGeneral.cpp:228"},
        Case{"cuda_oom",
             "tensorflow.python.framework.errors_impl.InternalError: Failed copying input tensor "
             "from /job:localhost/replica:0/task:0/device:CPU:0 to "
             "/job:localhost/replica:0/task:0/device:GPU:0 in order to run _EagerConst: Dst tensor "
             "is not initialized."},
        Case{"cuda_oom",
             "XlaRuntimeError: RESOURCE_EXHAUSTED: Attempting to reserve 2.19G at the bottom of "
             "memory. That was not possible. There are 1.10G free, 0B reserved, and 1.10G "
             "reservable."},
        Case{"cuda_oom", "pycuda._driver.MemoryError: cuMemAlloc failed: out of memory"},
        Case{"cuda_oom",
             "paddle.fluid.core_avx.EOFException: ResourceExhaustedError: \n\nOut of memory error "
             "on GPU 0. Cannot allocate 1.000000GB memory on GPU 0, 15.000000GB memory has been "
             "allocated and available memory is only 512.0MB."},
        Case{"cuda_oom",
             "mxnet.base.MXNetError: [10:00:00] src/storage/./pooled_storage_manager.h:157: "
             "cudaMalloc failed: out of memory"},
        Case{"cuda_oom",
             "RuntimeError: [enforce fail at context_gpu.cu:285] error == cudaSuccess. 2 vs 0. "
             "Error at: context_gpu.cu:285: out of memory"},
        Case{"cuda_oom", "RuntimeError: Triton Error [CUDA]: out of memory"},
        Case{"cuda_oom",
             "torch.distributed.DistBackendError: NCCL error in: "
             "/pytorch/torch/csrc/distributed/c10d/NCCLUtils.hpp:268, unhandled cuda error (run "
             "with NCCL_DEBUG=INFO for details), NCCL version 2.20.5\nncclUnhandledCudaError: Call "
             "to CUDA function failed.\nLast error:\nFailed to CUDA calloc async 608 bytes"},
        Case{"cuda_oom", "RuntimeError: Error in loading: cudaMalloc failed: out of memory"},
        Case{"hip_oom", "RuntimeError: miopenStatusAllocFailed"},
        Case{"hip_oom", "RuntimeError: Triton Error [HIP]:  Code: 2, Messsage: out of memory"},
        Case{"host_oom",
             "RuntimeError: $ Torch: not enough memory: you tried to allocate 12GB. Buy new RAM! "
             "at /pytorch/aten/src/TH/THGeneral.cpp:201"},
        Case{"host_oom",
             "OSError: [WinError 8] Not enough memory resources are available to process this "
             "command"},
        Case{"host_oom_kill",
             "distributed.scheduler.KilledWorker: Attempted to run task x on 4 different workers, "
             "but all those workers died while running it."}));

INSTANTIATE_TEST_SUITE_P(
    devices, RaisedWords,
    testing::Values(
        Case{"cuda_error",
             "RuntimeError: cublas runtime error : the GPU program failed to execute at "
             "/pytorch/aten/src/THC/THCBlas.cu:259"},
        Case{"cuda_error", "RuntimeError: curand error: CURAND_STATUS_LAUNCH_FAILURE"},
        Case{"cuda_error", "RuntimeError: CUDA driver error: invalid argument"},
        Case{"cuda_error", "RuntimeError: CUDA driver error: device not ready"},
        Case{"cuda_error", "pynvml.NVMLError_LibraryNotFound: NVML Shared Library Not Found"},
        Case{"cuda_error", "RuntimeError: PyTorch is not linked with support for mps devices"},
        Case{"cuda_error", "AssertionError: Torch not compiled with XPU enabled"},
        Case{"cuda_error",
             "RuntimeError: device >= 0 && device < num_gpus INTERNAL ASSERT FAILED at "
             "\"../aten/src/ATen/cuda/CUDAContext.cpp\":50, please report a bug to PyTorch. "
             "device=1, num_gpus="},
        Case{"cuda_error",
             "tensorflow.python.framework.errors_impl.UnknownError: Failed to get convolution "
             "algorithm. This is probably because cuDNN failed to initialize, so try looking to "
             "see if a warning log message was printed above. [Op:Conv2D]"},
        Case{"cuda_error", "RuntimeError: CUDA is not available"},
        Case{"cuda_error", "AssertionError: CUDA is not available"},
        Case{"cuda_error", "RuntimeError: No GPU found. A GPU is needed for quantization."},
        Case{"cuda_error",
             "NotImplementedError: Unsloth: No NVIDIA GPU found? Unsloth currently only supports "
             "GPUs!"},
        Case{"cuda_error", "ValueError: Expected a cuda device, but got: cpu"},
        Case{"cuda_error",
             "lightning.fabric.utilities.exceptions.MisconfigurationException: CUDAAccelerator can "
             "not run on your system since the accelerator is not available. The following "
             "accelerator(s) is available and can be passed into `accelerator` argument of "
             "`Trainer`: ['cpu']."},
        Case{"nccl_error",
             "torch.distributed.DistBackendError: [1] is setting up NCCL communicator and "
             "retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but "
             "store->get('0') got error: Connection reset by peer"},
        Case{"nccl_error", "RuntimeError: Address already in use"},
        Case{"nccl_error", "RuntimeError: Socket Timeout"},
        Case{"nccl_error", "RuntimeError: Connection reset by peer"},
        Case{"nccl_error", "torch.distributed.elastic.rendezvous.api.RendezvousClosedError"},
        Case{"nccl_error",
             "ValueError: Error initializing torch.distributed using env:// rendezvous: "
             "environment variable RANK expected, but not set"},
        Case{"nccl_error",
             "ValueError: Error initializing torch.distributed using env:// rendezvous: "
             "environment variable MASTER_ADDR expected, but not set"},
        Case{"nccl_error",
             "RuntimeError: Default process group has not been initialized, please make sure to "
             "call init_process_group."},
        Case{"nccl_error",
             "ValueError: Default process group has not been initialized, please make sure to call "
             "init_process_group."},
        Case{"nccl_error", "RuntimeError: Distributed package doesn't have NCCL built in"},
        Case{"nccl_error", "RuntimeError: makeDeviceForHostname(): unsupported gloo device"}));

INSTANTIATE_TEST_SUITE_P(
    files_and_networks, RaisedWords,
    testing::Values(
        Case{"missing_file", "ValueError: Can't find a valid checkpoint at ./out/checkpoint-500"},
        Case{"missing_file", "Exception: Model file models/sd.safetensors not found"},
        Case{"auth_error",
             "botocore.exceptions.ClientError: An error occurred (403) when calling the HeadObject "
             "operation: Forbidden"},
        Case{"auth_error",
             "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not "
             "found."},
        Case{"auth_error",
             "openai.OpenAIError: The api_key client option must be set either by passing api_key "
             "to the client or by setting the OPENAI_API_KEY environment variable"},
        Case{"auth_error",
             "datasets.exceptions.DatasetNotFoundError: Dataset 'x/y' is a gated dataset on the "
             "Hub. You must be authenticated to access it."},
        Case{"auth_error",
             "datasets.exceptions.DatasetNotFoundError: Dataset 'x/y' is a gated dataset on the "
             "Hub. Visit the dataset page at https://huggingface.co/datasets/x/y to ask for "
             "access."},
        Case{"auth_error", "kaggle.rest.ApiException: (401)\nReason: Unauthorized"},
        Case{"network_error",
             "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit "
             "reached'}}"},
        Case{"network_error", "openai.APIConnectionError: Connection error."},
        Case{"network_error", "openai.APITimeoutError: Request timed out."},
        Case{"network_error",
             "RuntimeError: Data processing error: CAS service error : ReqwestMiddleware Error: "
             "Request failed after 5 retries"},
        Case{"network_error",
             "botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "
             "\"https://s3\""},
        Case{"disk_full",
             "RuntimeError: [enforce fail at inline_container.cc:365] . PytorchStreamWriter failed "
             "writing central directory: file write failed"},
        Case{"disk_full",
             "OSError: Not enough disk space. Needed: 1.5 TiB (download: 1 GiB, generated: 1 GiB, "
             "post-processed: Unknown size)"},
        Case{"disk_full", "OSError: 123456 requested and 0 written"},
        Case{"data_error",
             "ValueError: Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK"},
        Case{"data_error",
             "cv2.error: OpenCV(4.5.4) /io/opencv/modules/imgproc/src/color.cpp:182: error: "
             "(-215:Assertion failed) !_src.empty() in function 'cvtColor'"},
        Case{"data_error",
             "cv2.error: OpenCV(4.8.0) /io/opencv/modules/imgproc/src/resize.cpp:4062: error: "
             "(-215:Assertion failed) !ssize.empty() in function 'resize'"},
        Case{"data_error",
             "decord._ffi.base.DECORDError: [10:00:00] "
             "/github/workspace/src/video/video_reader.cc:151: Check failed: st_nb >= 0 "
             "(-1381258232 vs. 0) ERROR cannot find video stream with wanted index: -1"},
        Case{"data_error",
             "decord._ffi.base.DECORDError: [00:00:00] "
             "/io/decord/src/video/ffmpeg/threaded_decoder.cc:292: [00:00:00] "
             "/io/decord/src/video/ffmpeg/threaded_decoder.cc:218: Check failed: "
             "avcodec_send_packet(dec_ctx_.get(), pkt.get()) >= 0 (-11 vs. 0) Thread worker: Error "
             "sending packet."},
        Case{"data_error", "RuntimeError: Failed to decode audio."},
        Case{"data_error", "tarfile.ReadError: unexpected end of data"},
        Case{"data_error", "tarfile.ReadError: file could not be opened successfully"},
        Case{"data_error", "lzma.LZMAError: Corrupt input data"},
        Case{"data_error",
             "zlib.error: Error -5 while decompressing data: incomplete or truncated stream"},
        Case{"data_error", "OSError: Can't read data (inflate() failed)"},
        Case{"data_error", "ValueError: mmap length is greater than file size"},
        Case{"data_error", "ValueError: cannot mmap an empty file"},
        Case{"data_error",
             "ValueError: Cannot load file containing pickled data when allow_pickle=False"},
        Case{"data_error",
             "lmdb.CorruptedError: mdb_get: MDB_CORRUPTED: Located page was wrong type"},
        Case{"data_error", "lmdb.InvalidError: x: MDB_INVALID: File is not an LMDB file"},
        Case{"data_error",
             "tensorflow.python.framework.errors_impl.InvalidArgumentError: Unknown image file "
             "format. One of JPEG, PNG, GIF, BMP required. [Op:DecodeImage]"},
        Case{"data_error",
             "tensorflow.python.framework.errors_impl.DataLossError: corrupted record at 12345"},
        Case{"data_error",
             "RuntimeError: Input image tensor permitted channel values are [3], but found 1"},
        Case{"data_error", "binascii.Error: Incorrect padding"},
        Case{"data_error", "OSError: decoder error -2 when reading image file"},
        Case{"data_error", "OSError: cannot load this image"},
        Case{"data_error", "tarfile.ReadError: invalid header"}));

INSTANTIATE_TEST_SUITE_P(
    settings_numbers_and_modules, RaisedWords,
    testing::Values(
        Case{"config_error",
             "yaml.reader.ReaderError: unacceptable character #x0000: special characters are not "
             "allowed"},
        Case{"config_error",
             "tomlkit.exceptions.UnexpectedCharError: Unexpected character: 'x' at line 1 col 2"},
        Case{"config_error",
             "voluptuous.error.MultipleInvalid: extra keys not allowed @ "
             "data['datasets'][0]['foo']"},
        Case{"config_error",
             "ValueError: --load_best_model_at_end requires the save and eval strategy to match, "
             "but found\n- Evaluation strategy: IntervalStrategy.NO\n- Save strategy: "
             "IntervalStrategy.STEPS"},
        Case{"config_error",
             "ValueError: bf16 mixed precision requires PyTorch >= 1.10 and a supported device."},
        Case{"config_error",
             "ValueError: prefetch_factor option could only be specified in multiprocessing.let "
             "num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."},
        Case{"config_error", "ValueError: persistent_workers option needs num_workers > 0"},
        Case{"config_error",
             "ValueError: Please correct the following DeepSpeed config values that mismatch "
             "TrainingArguments values:\n- ds train_micro_batch_size_per_gpu=1 vs hf "
             "per_device_train_batch_size=8"},
        Case{"config_error", "ValueError: Need either a dataset name or a training folder."},
        Case{"config_error", "ValueError: Must specify exactly one of --resume or --init"},
        Case{"config_error", "ValueError: gradient_accumulation_steps should be >= 1"},
        Case{"config_error",
             "ValueError: Precision 'bf17' is invalid. Allowed precision values: "
             "('transformer-engine', '16-true')"},
        Case{"config_error",
             "ValueError: `height` and `width` have to be divisible by 8 but are 513 and 512."},
        Case{"config_error", "ValueError: invalid literal for int() with base 10: 'auto'"},
        Case{
            "config_error",
            "AssertionError: when caching latents, either color_aug or random_crop cannot be used"},
        Case{"config_error",
             "AssertionError: network for Text Encoder cannot be trained with caching Text Encoder "
             "outputs"},
        Case{"numerical", "RuntimeError: cholesky_cpu: For batch 0: U(1,1) is zero, singular U."},
        Case{"numerical", "ValueError: The loss returned in `training_step` is nan or inf."},
        Case{"numerical",
             "ValueError: Detected nan and/or inf values in `layer.weight`. Check your forward "
             "pass for numerically unstable operations."},
        Case{"numerical",
             "tensorflow.python.framework.errors_impl.InvalidArgumentError: Tensor had NaN values "
             "[Op:CheckNumerics]"},
        Case{"numerical",
             "RuntimeError: Rank 0: found NaN in local grad norm in backward pass before "
             "data-parallel communication collective."},
        Case{"numerical", "RuntimeError: Detected NaN/Inf in loss"},
        Case{"dependency_error",
             "AttributeError: 'NoneType' object has no attribute 'cget_managed_ptr'"},
        Case{"dependency_error", "NameError: name 'str2optimizer32bit' is not defined"},
        Case{"dependency_error",
             "RuntimeError: Couldn't load custom C++ ops. This can happen if your PyTorch and "
             "torchvision versions are incompatible"},
        Case{"dependency_error",
             "NotImplementedError: Could not run 'torchvision::nms' with arguments from the 'CUDA' "
             "backend."},
        Case{"dependency_error",
             "AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use `np.float64` "
             "instead."},
        Case{"dependency_error",
             "deepspeed.ops.op_builder.builder.CUDAMismatchException: >- DeepSpeed Op Builder: "
             "Installed CUDA version 12.1 does not match the version torch was compiled with 11.7, "
             "unable to compile cuda/cpp extensions without a matching cuda version."},
        Case{"dependency_error", "RuntimeError: PassManager::run failed"},
        Case{"dependency_error", "RuntimeError: Compiler: cl is not found."},
        Case{"dependency_error",
             "subprocess.CalledProcessError: Command '['/usr/bin/gcc', '/tmp/x/main.c', '-O3', "
             "'-shared', '-fPIC', '-o', '/tmp/x/cuda_utils.so', '-lcuda']' returned non-zero exit "
             "status 1."},
        Case{"dependency_error", "FileNotFoundError: [Errno 2] No such file or directory: 'nvcc'"},
        Case{"dependency_error",
             "RuntimeError: No such operator xformers::efficient_attention_forward_cutlass - did "
             "you forget to build xformers with `python setup.py develop`?"},
        Case{"dependency_error",
             "RuntimeError: The current installed version of g++ (4.8.5) is less than the minimum "
             "required version by CUDA"},
        Case{"dependency_error",
             "ValueError: xformers is not available. Make sure it is installed correctly"},
        Case{"dependency_error",
             "SystemError: initialization of _internal failed without raising an exception"},
        Case{"dependency_error",
             "ValueError: Due to a serious vulnerability issue in `torch.load`, even with "
             "`weights_only=True`, we now require users to upgrade torch to at least v2.6 in order "
             "to use the function."},
        Case{"other_error",
             "RuntimeError: view size is not compatible with input tensor's size and stride (at "
             "least one dimension spans across two contiguous subspaces). Use .reshape(...) "
             "instead."},
        Case{"other_error",
             "_pickle.UnpicklingError: Weights only load failed. In PyTorch 2.6, we changed the "
             "default value of the `weights_only` argument in `torch.load` from `False` to "
             "`True`."}));

}  // namespace
}  // namespace tidemark
