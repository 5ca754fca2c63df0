// Warnings that nothing else marks as such. What says "Warning" or "WARN" at its head is known by
// it.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    // transformers' and accelerate's loggers print no level.
    Pattern{"were not initialized from the model checkpoint", warning_only, anywhere, warning},
    Pattern{"You should probably TRAIN this model", warning_only, anywhere, warning},
    Pattern{"were not used when initializing", warning_only, anywhere, warning},
    Pattern{"`use_cache=True` is incompatible with", warning_only, anywhere, warning},
    Pattern{"below the recommended minimum", warning_only, anywhere, warning},
    Pattern{"is deprecated and will be removed", warning_only, anywhere, warning},
    Pattern{"Detected KeyboardInterrupt, attempting graceful shutdown", warning_only, anywhere,
            warning},
    Pattern{"[AITK] Database locked", warning_only, anywhere, warning},
    Pattern{"Could not save optimizer", warning_only, anywhere, warning},
    Pattern{"Gradient overflow.  Skipping step", warning_only, anywhere, warning},
    Pattern{"Token indices sequence length is longer than the specified maximum", warning_only,
            anywhere, warning},
    Pattern{"Setting `pad_token_id` to `eos_token_id`", warning_only, anywhere, warning},
    Pattern{"Failed to compile model", warning_only, anywhere, warning},
    Pattern{"The current process just got forked", warning_only, anywhere, warning},
    Pattern{"The attention mask and the pad token", warning_only, anywhere, warning},
    Pattern{"The attention mask is not set", warning_only, anywhere, warning},
    Pattern{"We strongly recommend passing in an `attention_mask`", warning_only, anywhere,
            warning},
    Pattern{"Special tokens have been added in the vocabulary", warning_only, anywhere, warning},
    Pattern{"You are using the default legacy behaviour of the", warning_only, anywhere, warning},
    Pattern{"tokenizer. Please note that with a fast tokenizer", warning_only, anywhere, warning},
    Pattern{"You are attempting to use Flash Attention", warning_only, anywhere, warning},
    Pattern{"Using a slow image processor as", warning_only, anywhere, warning},
    Pattern{"` is deprecated! Use `", warning_only, anywhere, warning},
    Pattern{"arguments are deprecated", warning_only, anywhere, warning},
    Pattern{"are not expected and will be ignored", warning_only, anywhere, warning},
    Pattern{"Defaulting to unsafe serialization", warning_only, anywhere, warning},
    Pattern{"You have disabled the safety checker", warning_only, anywhere, warning},
    Pattern{"passed to `accelerate launch` and had defaults used", warning_only, anywhere, warning},
    Pattern{"fatal: not a git repository", warning_only, anywhere, warning},
    Pattern{"8-bit optimizers, 8-bit multiplication, and GPU quantization are unavailable",
            warning_only, anywhere, warning},
    Pattern{"compiled without GPU support. 8-bit", warning_only, anywhere, warning},
    Pattern{"cannot run with `cpu` device", warning_only, anywhere, warning},
    Pattern{"truncated because CLIP can only handle", warning_only, anywhere, warning},
    Pattern{"No label_names provided for model class", warning_only, anywhere, warning},
    Pattern{"DEPRECATION: ", warning_only, anywhere, warning},
    Pattern{"A matching Triton is not available", warning_only, anywhere, warning},
    Pattern{"Cannot initialize model with low cpu memory usage", warning_only, anywhere, warning},
    Pattern{"are not expected by ", warning_only, anywhere, warning, "will be ignored"},
    Pattern{"Your max_length is set to ", warning_only, anywhere, warning},
    Pattern{"Asking to pad to max_length but no", warning_only, anywhere, warning},
    Pattern{"Asking to truncate to max_length but no", warning_only, anywhere, warning},
    Pattern{"Truncation was not explicitly activated", warning_only, anywhere, warning},
    Pattern{"generation flags are not valid and may be ignored", warning_only, anywhere, warning},
    Pattern{"The model weights are not tied", warning_only, anywhere, warning},
    Pattern{"tokens that differ from the model config", warning_only, anywhere, warning},
    Pattern{"Setting OMP_NUM_THREADS environment variable for each process", warning_only, anywhere,
            warning},
    Pattern{"Falling back to regular HTTP download", warning_only, anywhere, warning},
    Pattern{"Using the latest cached version of the", warning_only, anywhere, warning},
    Pattern{"Got disconnected from remote data host", warning_only, anywhere, warning},
    Pattern{"Repo card metadata block was not found", warning_only, anywhere, warning},
    Pattern{"Potential NSFW content was detected", warning_only, anywhere, warning},
    Pattern{"You are using a model of type ", warning_only, anywhere, warning,
            "instantiate a model of type"},
    Pattern{"Flash Attention 2.0 only supports", warning_only, anywhere, warning},
    Pattern{"Flash Attention 2 only supports", warning_only, anywhere, warning},
    Pattern{"silently casted in float32", warning_only, anywhere, warning},
    Pattern{"Casting fp32 inputs back to", warning_only, anywhere, warning},
    Pattern{"Sliding Window Attention is enabled but not implemented", warning_only, anywhere,
            warning},
    Pattern{"Caching is incompatible with gradient checkpointing", warning_only, anywhere, warning},
    Pattern{"There were missing keys in the checkpoint model", warning_only, anywhere, warning},
    Pattern{"There were unexpected keys in the checkpoint model", warning_only, anywhere, warning},
    Pattern{"Could not estimate the number of tokens of the input", warning_only, anywhere,
            warning},
    Pattern{"overflowing tokens are not returned", warning_only, anywhere, warning},
    Pattern{"_token, but it is not set yet", warning_only, anywhere, warning},
    Pattern{"You shouldn't move a model that is dispatched", warning_only, anywhere, warning},
    Pattern{"was set in the config but it is unrecogni", warning_only, anywhere, warning},
    Pattern{"Unused kwargs: [", warning_only, anywhere, warning},
    Pattern{"Already found a `peft_config` attribute", warning_only, anywhere, warning},
    Pattern{"CUDA extension not installed", warning_only, anywhere, warning},
    Pattern{"Could not find the bitsandbytes CUDA binary at", warning_only, anywhere, warning},
    Pattern{"Xformers is not installed correctly", warning_only, anywhere, warning},
    Pattern{"falling back to CPU", warning_only, anywhere, warning, "GPU"},
    Pattern{"Falling back to cpu.", warning_only, anywhere, warning, "GPU"},
    Pattern{"skipping cudagraphs due to", warning_only, anywhere, warning},
    Pattern{"detected an older driver with an RTX", warning_only, anywhere, warning},
    Pattern{"will be ignored because it", warning_only, anywhere, warning},
};

}  // namespace

std::span<const Pattern> warning_patterns() {
  return kPatterns;
}

}  // namespace tidemark
