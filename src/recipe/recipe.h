// What a job's config asks of the trainer, as values: each setting with the client's default filled
// in and the path at which it is (or would be) written. The facts are ai-toolkit's, read in its
// source at commit 27a03a91 (toolkit/config_modules.py, ui/src/app/jobs/new/options.tsx); another
// tool's config gives none. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "jobconfig/jobconfig.h"

namespace tidemark {

template <class Value>
struct Setting {
  Value value{};
  std::string path{};    // "config.process[0].train.batch_size"
  bool written = false;  // stands in the config; else it is the client's default
};
using Flag = Setting<bool>;
using Count = Setting<std::int64_t>;
using Word = Setting<std::string>;

struct DatasetRecipe {
  bool regularisation = false;  // has a loader of its own
  Count num_workers{}, prefetch_factor{};
  Count batch_size{};  // 0: train.batch_size counts
  Count num_frames{};
  std::vector<Count> resolutions{};  // of a list the dataset is repeated for each size
  Flag cache_latents{}, cache_latents_to_disk{}, cache_text_embeddings{};
};

struct TrainRecipe {
  Count batch_size{}, gradient_accumulation{}, gradient_accumulation_steps{}, steps{};
  Flag gradient_checkpointing{}, use_ema{}, unload_text_encoder{}, cache_text_embeddings{};
  Flag train_text_encoder{}, single_item_batching{}, disable_sampling{};
  Flag sdp{}, xformers{};
  Word optimizer{}, dtype{}, attention_backend{};
};

struct ModelRecipe {
  Word arch{}, name_or_path{}, qtype{}, qtype_te{};
  Flag quantize{}, quantize_te{}, low_vram{}, layer_offloading{};
};

struct SampleRecipe {
  Count width{}, height{}, num_frames{}, sample_every{}, sample_steps{};
};

struct Recipe {
  std::string process{};                       // "config.process[0]"
  std::string device{};                        // "cuda", "cuda:0", "mps", "cpu"
  std::optional<std::int64_t> network_rank{};  // absent: all weights are trained
  std::string network_rank_path{};
  TrainRecipe train{};
  ModelRecipe model{};
  SampleRecipe sample{};
  Word save_dtype{};
  Count save_every{};
  std::vector<DatasetRecipe> datasets{};
};

/// Absent: the config is not of ai-toolkit's shape, or its first process is no mapping.
std::optional<Recipe> read_recipe(const JobConfig& config);

struct SettingChange {
  std::string path{};
  ConfigValue value{};
};

/// Takes the change into the values. False: the path is none of the settings above, or the value is
/// of another kind; nothing is changed then.
bool apply_change(Recipe& recipe, const SettingChange& change);
/// What the trainer uses now at this path. Absent: none of the settings above.
std::optional<ConfigValue> value_at(const Recipe& recipe, std::string_view path);

/// A setting that a reader can turn to see what it does to memory.
struct AdjustableSetting {
  std::string path{};
  ConfigValue value{};                 // what the trainer uses now
  std::vector<std::string> choices{};  // of a word: what it may be; `value` is among them
};
/// What most ask first comes first: batch, resolution, workers. `apply_change` takes each path.
std::vector<AdjustableSetting> adjustable_settings(const Recipe& recipe);

// ---- What two runs have in common --------------------------------------------------------------

/// The model that is trained and how (all weights, which adapter, on what kind of device), as text
/// to compare: of two runs with the same, one says something of the other's memory. Settings that
/// the recipe has (quantization, the rank) are not in it; secrets neither. Empty: no config of a
/// known client.
std::string model_identity(const JobConfig& config);
/// The settings that memory goes with, as text to compare: those that are not the client's
/// defaults. How long and how often (steps, sample_every, accumulation) is not in it.
std::string memory_settings(const Recipe& recipe);
/// Paths, below the process, of what else differs between two configs: settings that are not in the
/// recipe. Names, folders and what is about Tidemark are left out.
std::vector<std::string> other_differences(const JobConfig& a, const JobConfig& b);
/// False: they differ in a setting whose effect on memory the model does not know.
bool differ_only_in_modelled_settings(const Recipe& a, const Recipe& b);

// ---- What follows from them --------------------------------------------------------------------

/// The dataset whose num_workers and prefetch_factor count for the whole loader: the first that is
/// (no) regularisation set (toolkit/data_loader.py). Null: there is none, so no such loader.
const DatasetRecipe* loader_head(const Recipe& recipe, bool regularisation);
/// Of both loaders.
std::int64_t worker_count(const Recipe& recipe);
std::int64_t batch_size_of(const Recipe& recipe, const DatasetRecipe& dataset);
std::int64_t largest_batch(const Recipe& recipe);
std::int64_t largest_resolution(const Recipe& recipe);
/// Batch size x pixels x frames of the dataset where that is largest: activations go with it.
double largest_batch_pixels(const Recipe& recipe);
double sample_pixels(const Recipe& recipe);
bool all_text_embeddings_cached(const Recipe& recipe);
bool text_encoder_stays(const Recipe& recipe);

/// Diffusers' plain backend stores the matrix of tokens by tokens (models/attention_dispatch.py).
bool keeps_attention_matrix(const Recipe& recipe);
bool trains_on_cpu(const Recipe& recipe);

/// Bytes that an optimizer keeps for a trainable parameter. Absent: an optimizer that is not known.
std::optional<Range> state_bytes_per_parameter(std::string_view optimizer);
/// Bytes of a weight of this dtype ("bf16", "fp32", "float8", ...). Absent: not known.
std::optional<double> bytes_per_weight(std::string_view dtype);
/// Bytes of a base weight once quantized to `qtype`. "uint4|repo/file" is uint4. Absent: not known,
/// or one that leaves layers unquantized (uint8).
std::optional<Range> quantized_bytes_per_weight(std::string_view qtype);
/// Of the base weights, as the recipe has them.
std::optional<Range> base_bytes_per_weight(const Recipe& recipe);

/// What the client offers for a model architecture, and how large it is.
struct ModelFamily {
  std::string_view arch{};
  double transformer_billions = 0, text_encoder_billions = 0;  // 0: not known
  bool quantize = true, low_vram = false, layer_offloading = false;
  bool unload_text_encoder = true;
};
/// By arch, its tag ("zimage:turbo") taken into account first. Null: an architecture that is not
/// known, of which nothing is promised.
const ModelFamily* family_of(std::string_view arch);

}  // namespace tidemark
