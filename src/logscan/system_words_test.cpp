#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

struct Case {
  const char* category;
  const char* line;
};

/// What the kernel, service managers, shells, batch systems and runtimes print on lines of their
/// own.
class PrintedWords : public testing::TestWithParam<Case> {};

TEST_P(PrintedWords, are_known_at_the_end_of_a_log) {
  EXPECT_EQ(category_of("Loading model\n" + std::string{GetParam().line} + "\n"),
            GetParam().category)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    lines, PrintedWords,
    testing::Values(
        Case{"cuda_oom",
             "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 2048.00 MiB on device 0: "
             "cudaMalloc failed: out of memory\nllama_model_load: error loading model: unable to "
             "allocate CUDA0 buffer"},
        Case{"cuda_oom",
             "terminate called after throwing an instance of 'c10::OutOfMemoryError'\n  what():  "
             "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 "
             "GiB"},
        Case{"host_oom",
             "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"},
        Case{"host_oom_kill", "zsh: killed     python train.py"},
        Case{"host_oom_kill",
             "[  100.000000] python invoked oom-killer: "
             "gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0"},
        Case{"host_oom_kill",
             "[  100.000000] "
             "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/"
             ",mems_allowed=0,oom_memcg=/docker/abc,task_memcg=/docker/"
             "abc,task=python,pid=77,uid=0"},
        Case{"host_oom_kill",
             "systemd-oomd[812]: Killed "
             "/user.slice/user-1000.slice/user@1000.service/app.slice/run.scope due to memory used "
             "(15.1G) / total (15.5G) and swap used (7.9G) / total (8.0G) being more than 90.00%"},
        Case{
            "host_oom_kill",
            "systemd[1]: train.service: A process of this unit has been killed by the OOM killer."},
        Case{"host_oom_kill",
             "systemd[1]: train.service: Main process exited, code=killed, "
             "status=9/KILL\nsystemd[1]: train.service: Failed with result 'oom-kill'."},
        Case{"host_oom_kill",
             "earlyoom[123]: sending SIGTERM to process 4321 uid 1000 \"python\": badness 905, "
             "VmRSS 12345 MiB\nearlyoom[123]: process exited after 0.2 seconds"},
        Case{"host_oom_kill",
             "earlyoom: low memory! at or below SIGKILL limits: mem  5.00%, swap  5.00%\nsending "
             "SIGKILL to process 4321 uid 1000 \"python\": badness 905, VmRSS 12345 MiB"},
        Case{"host_oom_kill",
             "mem avail:  1200 of 31950 MiB ( 3.76%), swap free:    0 of    0 MiB ( 0.00%)\nlow "
             "memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%\nsending SIGTERM to "
             "process 21 uid 1000 \"python3\": badness 900, VmRSS 900 MiB"},
        Case{"host_oom_kill", "Command terminated by signal 9"},
        Case{"host_oom_kill", "Command exited with non-zero status 137"},
        Case{"host_oom_kill", "=>> PBS: job killed: mem 67108864kb exceeded limit 33554432kb"},
        Case{"host_oom_kill",
             "oom_reaper: reaped process 4321 (python), now anon-rss:0kB, file-rss:0kB, "
             "shmem-rss:0kB"},
        Case{"host_oom_kill", "Container killed on request. Exit code is 137"},
        Case{"shm_exhausted", "Bus error"},
        Case{"shm_exhausted",
             "train.sh: line 3:  77 Bus error               (core dumped) python train.py"},
        Case{"cuda_error", "HW Exception by GPU node-1 (Agent handle: 0x55) reason :GPU Hang"},
        Case{"cuda_error",
             "\"hipErrorNoBinaryForGpu: Unable to find code object for all current "
             "devices!\"\nAborted (core dumped)"},
        Case{"nccl_error",
             "[E socket.cpp:858] [c10d] The client socket has timed out after 60s while trying to "
             "connect to (node1, 29500)."},
        Case{"missing_file", "bash: ./train.sh: No such file or directory"},
        Case{"network_error", "wget: unable to resolve host address 'x'"},
        Case{"network_error",
             "curl: (28) Failed to connect to huggingface.co port 443: Connection timed out"},
        Case{"network_error",
             "error: RPC failed; curl 56 GnuTLS recv error (-54): Error in the pull "
             "function.\nfatal: early EOF"},
        Case{"config_error",
             "Error executing job with overrides: ['a=1']\nKey 'a' is not in struct"},
        Case{"config_error",
             "In 'config': Could not find 'model/foo'\n\nAvailable options in 'model':\n\tbar\nSet "
             "the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace."},
        Case{"config_error",
             "ERROR    Invalid user config / "
             "\343\203\246\343\203\274\343\202\266\350\250\255\345\256\232\343\201\256\345\275\242"
             "\345\274\217\343\201\214\346\255\243\343\201\227\343\201\217\343\201\252\343\201\204"
             "\343\202\210\343\201\206\343\201\247\343\201\231"},
        Case{"numerical", "step 10 loss 2.3\nstep 11 loss nan\nstep 12 loss nan\nstep 13 loss nan"},
        Case{"numerical",
             "WARNING:tensorflow:Invalid loss, terminating training\nEpoch 1: Invalid loss, "
             "terminating training"},
        Case{"numerical", "Batch 3: Invalid loss, terminating training"},
        Case{"numerical", "ERROR: non-finite loss, ending training tensor([nan], device='cuda:0')"},
        Case{"numerical", "WARNING: non-finite loss, ending training"},
        Case{"dependency_error",
             "nvcc fatal   : Unsupported gpu architecture 'compute_89'\nninja: build stopped: "
             "subcommand failed."},
        Case{"dependency_error",
             "'accelerate' is not recognized as an internal or external command,\noperable program "
             "or batch file."},
        Case{"dependency_error",
             "ERROR: Failed building wheel for flash-attn\nFailed to build flash-attn\nERROR: "
             "Could not build wheels for flash-attn, which is required to install "
             "pyproject.toml-based projects"},
        Case{"dependency_error",
             "error: subprocess-exited-with-error\n\nERROR: Failed to build installable wheels for "
             "some pyproject.toml based projects (flash-attn)"},
        Case{"dependency_error",
             "Intel MKL FATAL ERROR: Cannot load libmkl_avx2.so or libmkl_def.so."},
        Case{"dependency_error",
             "Error: mkl-service + Intel(R) MKL: MKL_THREADING_LAYER=INTEL is incompatible with "
             "libgomp.so.1 library."},
        Case{
            "dependency_error",
            "OMP: Error #15: Initializing libiomp5md.dll, but found libiomp5 already initialized."},
        Case{"other_error", "Illegal instruction (core dumped)"},
        Case{"other_error", "bash: ./train.sh: Permission denied"},
        Case{"other_error", "Windows fatal exception: access violation"},
        Case{"other_error", "malloc(): corrupted top size"},
        Case{"other_error", "munmap_chunk(): invalid pointer"},
        Case{"other_error", "corrupted size vs. prev_size"},
        Case{"other_error", "*** stack smashing detected ***: terminated"},
        Case{"other_error",
             "libc++abi: terminating due to uncaught exception of type std::runtime_error: odd"},
        Case{"other_error",
             "Assertion failed: (x > 0), function f, file a.cpp, line 3.\nAbort trap: 6"}));

class SurvivedWords : public testing::TestWithParam<const char*> {};

TEST_P(SurvivedWords, are_warnings_alone_and_in_a_training_that_goes_on) {
  const std::string line = "Loading model\n" + std::string{GetParam()} + "\n";
  EXPECT_EQ(category_of(line), "warning_only") << line;
  EXPECT_EQ(category_of(line + bar(1) + bar(2) + bar(3) + bar(4)), "warning_only") << line;
}

INSTANTIATE_TEST_SUITE_P(
    lines, SurvivedWords,
    testing::Values(
        "A matching Triton is not available, some optimizations will not be enabled.\nError caught "
        "was: No module named 'triton'",
        "2024-01-01 10:00:00.123456: E "
        "tensorflow/compiler/xla/stream_executor/cuda/cuda_dnn.cc:9342] Unable to register cuDNN "
        "factory: Attempting to register factory for plugin cuDNN when one has already been "
        "registered",
        "2024-01-01 10:00:00.123456: W "
        "tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic "
        "library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open shared object file: "
        "No such file or directory",
        "2024-01-01 10:00:00.1: E tensorflow/stream_executor/cuda/cuda_driver.cc:271] failed call "
        "to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
        "huggingface/tokenizers: The current process just got forked, after parallelism has "
        "already been used. Disabling parallelism to avoid deadlocks...\nTo disable this warning, "
        "you can either:",
        "The attention mask and the pad token id were not set. As a consequence, you may observe "
        "unexpected behavior. Please pass your input's `attention_mask` to obtain reliable "
        "results.",
        "Special tokens have been added in the vocabulary, make sure the associated word "
        "embeddings are fine-tuned or trained.",
        "You are using the default legacy behaviour of the <class "
        "'transformers.models.t5.tokenization_t5.T5Tokenizer'>. This is expected, and simply means "
        "that the `legacy` (previous) behavior will be used",
        "You're using a LlamaTokenizerFast tokenizer. Please note that with a fast tokenizer, "
        "using the `__call__` method is faster than using a method to encode the text followed by "
        "a call to the `pad` method to get a padded encoding.",
        "You are attempting to use Flash Attention 2.0 with a model not initialized on GPU. Make "
        "sure to move the model to GPU after initializing it on CPU with `model.to('cuda')`.",
        "Using a slow image processor as `use_fast` is unset and a slow processor was saved with "
        "this model.",
        "`torch_dtype` is deprecated! Use `dtype` instead!",
        "The `load_in_4bit` and `load_in_8bit` arguments are deprecated and will be removed in the "
        "future versions. Please, pass a `BitsAndBytesConfig` object in `quantization_config` "
        "argument instead.",
        "The config attributes {'decay': 0.9999} were passed to UNet2DConditionModel, but are not "
        "expected and will be ignored. Please verify your config.json configuration file.",
        "An error occurred while trying to fetch /m/vae: Error no file named "
        "diffusion_pytorch_model.safetensors found in directory /m/vae.\nDefaulting to unsafe "
        "serialization. Pass `allow_pickle=False` to raise an error instead.",
        "You have disabled the safety checker for <class 'diffusers.pipelines.x'> by passing "
        "`safety_checker=None`.",
        "The following values were not passed to `accelerate launch` and had defaults used "
        "instead:\n\t`--num_processes` was set to a value of `1`\nTo avoid this warning pass in "
        "values for each of the problematic parameters or run `accelerate config`.",
        "wandb: 429 encountered (Filestream rate limit exceeded, retrying in 2.3 seconds.), "
        "retrying request",
        "libpng warning: iCCP: known incorrect sRGB profile",
        "fatal: not a git repository (or any of the parent directories): .git",
        "Could not find the bitsandbytes CUDA binary at "
        "PosixPath('/x/libbitsandbytes_cuda128.so')\nThe installed version of bitsandbytes was "
        "compiled without GPU support. 8-bit optimizers, 8-bit multiplication, and GPU "
        "quantization are unavailable.",
        "Pipelines loaded with `dtype=torch.float16` cannot run with `cpu` device. It is not "
        "recommended to move them to `cpu` as running them will fail.",
        "The following part of your input was truncated because CLIP can only handle sequences up "
        "to 77 tokens: ['a', 'b']",
        "No label_names provided for model class `PeftModelForCausalLM`. Since `PeftModel` hides "
        "base models input arguments, if label_names is not given, label_names can't be set "
        "automatically within `Trainer`.",
        "DEPRECATION: Loading egg at /x is deprecated."));

TEST(SystemWords, a_shells_complaint_that_the_script_went_on_after_is_a_warning) {
  std::string log = "bash: nvtop: command not found\n";
  EXPECT_EQ(category_of(log), "dependency_error");
  for (int i = 0; i < 50; ++i) log += "wrote part " + std::to_string(i) + "\n";
  EXPECT_EQ(category_of(log), "warning_only");
}

TEST(SystemWords, the_traceback_of_an_optional_module_is_a_warning) {
  const std::string raised = failed_with("ModuleNotFoundError: No module named 'triton'");
  EXPECT_EQ(category_of("A matching Triton is not available, some optimizations will not be "
                        "enabled.\n" +
                        raised),
            "warning_only");
  EXPECT_EQ(category_of(raised), "dependency_error");
}

TEST(SystemWords, a_scale_or_a_weight_of_the_loss_that_is_infinite_is_healthy) {
  for (const auto* line : {"loss_scale: inf", "loss_weight=inf", "loss_limit: inf"})
    EXPECT_EQ(category_of(std::string{line} + "\n"), "none") << line;
  EXPECT_EQ(category_of("step 4 loss 0.3\nstep 5 loss nan\nstep 6 loss nan\n"), "numerical");
  EXPECT_EQ(category_of("{'loss': 0.0, 'grad_norm': nan, 'learning_rate': 1e-05}\n"), "numerical");
}

}  // namespace
}  // namespace tidemark
