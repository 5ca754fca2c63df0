// Words that fewer programs print, each beside a healthy line that looks like it.
#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

struct Case {
  const char* category;
  const char* line;
};

class RarerRaised : public testing::TestWithParam<Case> {};

TEST_P(RarerRaised, is_known_at_the_end_of_a_traceback) {
  EXPECT_EQ(category_of("Loading model\n" + failed_with(GetParam().line)), GetParam().category)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    libraries, RarerRaised,
    testing::Values(
        Case{"config_error",
             "TypeError: Seq2SeqTrainingArguments.__init__() got an unexpected keyword argument "
             "'lr'"},
        Case{"config_error",
             "TypeError: AdaLoraConfig.__init__() got an unexpected keyword argument 'rank'"},
        Case{"other_error", "TypeError: forward() got an unexpected keyword argument 'mask'"},
        Case{"config_error", "ValueError: without a length the steps have to be specified"},
        Case{"config_error", "ValueError: max_steps has to be specified for a stream"},
        Case{"missing_file", "Exception: Dataset not found."},
        Case{"missing_file", "ValueError: Can't find 'adapter_model.safetensors' at './mine'"},
        Case{"data_error",
             "ValueError: Could not find a format to read the specified file in mode 'v'"},
        Case{"data_error",
             "ValueError: Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 1 is "
             "required."},
        Case{"data_error",
             "wids.ReadError: ('unexpected end of data @ mine-000.tar', 'mine-000.tar')"},
        Case{"network_error", "httpx.ReadError: "},
        Case{"network_error",
             "RuntimeError: Task error: CAS Client Error: error decoding response body"},
        Case{"cuda_error", "XlaRuntimeError: INTERNAL: Failed to launch CUDA kernel: mine"},
        Case{"cuda_error", "ValueError: Invalid CUDA 'device=7' requested."},
        Case{"config_error", "NotImplementedError: Optimizer mine not supported"},
        Case{"other_error", "OSError: [Errno 95] Operation not supported"},
        Case{"config_error", "ValueError: Cannot use both --half and --brain"},
        Case{"missing_file", "OSError: Can't load config for 'mine'."},
        Case{"data_error", "RuntimeError: Class values must be smaller than num_classes."},
        Case{"data_error", "wave.Error: file does not start with RIFF id"},
        Case{"dependency_error",
             "Exception: data did not match any variant of untagged enum ModelWrapper at line 9"},
        Case{"nccl_error", "torch.distributed.DistNetworkError: Broken pipe"},
        Case{"network_error", "OSError: Connection reset by peer"},
        Case{"missing_file", "OSError: mine is not a valid model identifier"},
        Case{"config_error", "ValueError: mine is not a valid mode"},
        Case{"missing_file", "RuntimeError: weights file /a/b not found"},
        Case{"other_error", "RuntimeError: the key 'lr' was not found"},
        Case{"missing_file", "ValueError: Could not find the folder of images"},
        Case{"config_error", "ValueError: heads must divide width"},
        Case{"numerical", "ValueError: Loss became NaN"},
        Case{"numerical", "RuntimeError: Encountered nan in the gradients"},
        Case{"dependency_error", "RuntimeError: cuDNN version incompatibility: 9 and 8"},
        Case{"disk_full", "RuntimeError: basic_ios::clear: iostream error"},
        Case{"host_oom_kill",
             "RuntimeError: One of the subprocesses has abruptly died during map operation."}));

class RarerPrinted : public testing::TestWithParam<Case> {};

TEST_P(RarerPrinted, is_known_at_the_end_of_a_log) {
  EXPECT_EQ(category_of("Loading model\n" + std::string{GetParam().line} + "\n"),
            GetParam().category)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    lines, RarerPrinted,
    testing::Values(
        Case{"cuda_oom",
             "[TRT] [E] 1: [defaultAllocator.cpp::allocate::20] Error Code 1: Cuda Runtime (out of "
             "memory)"},
        Case{"cuda_oom", "Error out of memory at line 12 in file /home/me/csrc/pythonInterface.c"},
        Case{"cuda_error", "Error named symbol not found at line 12 in file /home/me/csrc/ops.cu"},
        Case{"none", "compiling csrc/ops.cu and csrc/pythonInterface.c"},
        Case{"host_oom_kill", "[2]+  Killed                  nohup ./train.sh"},
        Case{"host_oom_kill", "[1]-  Killed                  ./train.sh"},
        Case{"none", "[2]+  Done                    nohup ./train.sh"},
        Case{"none", "[2]+  Killed: 0 workers"},
        Case{"host_oom_kill", "The node was low on resource: memory. Container mine was using 9Gi"},
        Case{"none", "The node was low on resource: disk, it was cleaned"},
        Case{"dependency_error", "collect2: error: ld returned 1 exit status"},
        Case{"dependency_error", "/bin/sh: 1: nvcc: not found"},
        Case{"none", "checkpoint.pt: not found, starting anew"},
        Case{"none", "mixed precision is not supported here, full precision is used"},
        Case{"none", "Flash Attention 2 is on"},
        Case{"none", "falling back to CPU for the tokenizer"},
        Case{"none", "dataset not found in the cache, it is built"},
        Case{"none", "I tensorflow/core/platform/cpu.cc:45] opened the CUDA library"},
        Case{"none", "the switch W tensorflow/ is off"}));

class RarerWarning : public testing::TestWithParam<const char*> {};

TEST_P(RarerWarning, is_survived) {
  const std::string line = "Loading model\n" + std::string{GetParam()} + "\n";
  EXPECT_EQ(category_of(line), "warning_only") << line;
  EXPECT_EQ(category_of(line + bar(1) + bar(2) + bar(3)), "warning_only") << line;
}

INSTANTIATE_TEST_SUITE_P(
    lines, RarerWarning,
    testing::Values(
        // huggingface_hub puts the exception in quotes of its own.
        "'(ReadTimeoutError(\"HTTPSConnectionPool(host='x.co', port=443): Read timed out. (read "
        "timeout=10)\"), '(Request ID: 7)')' thrown while requesting GET https://x.co/weights",
        "W tensorflow/core/platform/cpu.cc:45] not built for what this machine has",
        "E tensorflow/stream_executor/x.cc:12] Unable to register a factory",
        "Keyword arguments {'guard': None} are not expected by MyPipeline and will be ignored.",
        "3it [00:02,  1.2it/s]Your max_length is set to 512, but your input_length is only 90.",
        "Xet Storage is enabled. Falling back to regular HTTP download.",
        "You are using a model of type a to instantiate a model of type b. This can yield errors.",
        "Flash Attention 2.0 only supports half precision",
        "Sliding Window Attention is enabled but not implemented for `mine`",
        "Caching is incompatible with gradient checkpointing in Mine.",
        "Using pad_token, but it is not set yet.",
        "An NVIDIA GPU may be present, but no jaxlib for it. Falling back to cpu.",
        "Could not find the bitsandbytes CUDA binary at PosixPath('/a/b.so')",
        "skipping cudagraphs due to mutated inputs",
        "Asking to truncate to max_length but no maximum length is provided"));

TEST(RarerWords, a_request_that_tensorrt_was_refused_gives_its_size) {
  const auto found = deciding(
      "[TRT] [E] 1: [a.cpp::allocate::20] Error Code 1: Cuda Runtime (out of memory)\n[TRT] [W] "
      "Requested amount of GPU memory (2147483648 bytes) could not be allocated.\n");
  EXPECT_EQ(found.category, LogCategory::cuda_oom);
  EXPECT_EQ(found.figures.requested, gib(2));
}

}  // namespace
}  // namespace tidemark
