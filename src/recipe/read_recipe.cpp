#include <fmt/format.h>

#include "recipe/recipe.h"

namespace tidemark {
namespace {

// More datasets than this are nobody's; the bound keeps a hostile config from costing time.
constexpr std::size_t kMostDatasets = 256;
constexpr std::size_t kMostResolutions = 32;

/// Reads the settings of one section.
class Section {
 public:
  Section(const JobConfig& config, std::string path) : config_(config), path_(std::move(path)) {}

  Count count(std::string_view key, std::int64_t otherwise) const {
    const auto path = at(key);
    const auto found = config_.get_integer(path);
    return {found.value_or(otherwise), path, found.has_value()};
  }
  Flag flag(std::string_view key, bool otherwise) const {
    const auto path = at(key);
    const auto found = config_.get_bool(path);
    return {found.value_or(otherwise), path, found.has_value()};
  }
  Word word(std::string_view key, std::string otherwise) const {
    const auto path = at(key);
    auto found = config_.get_string(path);
    const bool written = found.has_value();
    return {written ? std::move(*found) : std::move(otherwise), path, written};
  }
  /// A number, or a list of them.
  std::vector<Count> counts(std::string_view key, std::int64_t otherwise) const {
    const auto path = at(key);
    const auto size = config_.list_size(path);
    if (!size) return {count(key, otherwise)};
    std::vector<Count> all;
    for (std::size_t i = 0; i < std::min(*size, kMostResolutions); ++i)
      if (const auto found = config_.get_integer(fmt::format("{}[{}]", path, i)))
        all.push_back({*found, fmt::format("{}[{}]", path, i), true});
    if (all.empty()) all.push_back({otherwise, path, false});
    return all;
  }

 private:
  std::string at(std::string_view key) const { return fmt::format("{}.{}", path_, key); }
  const JobConfig& config_;
  std::string path_;
};

TrainRecipe read_train(const JobConfig& config, const std::string& process) {
  const Section train{config, process + ".train"};
  return {.batch_size = train.count("batch_size", 1),
          .gradient_accumulation = train.count("gradient_accumulation", 1),
          .gradient_accumulation_steps = train.count("gradient_accumulation_steps", 1),
          .steps = train.count("steps", 1000),
          .gradient_checkpointing = train.flag("gradient_checkpointing", true),
          .use_ema = train.flag("ema_config.use_ema", false),
          .unload_text_encoder = train.flag("unload_text_encoder", false),
          .cache_text_embeddings = train.flag("cache_text_embeddings", false),
          .train_text_encoder = train.flag("train_text_encoder", false),
          .single_item_batching = train.flag("single_item_batching", false),
          .disable_sampling = train.flag("disable_sampling", false),
          .sdp = train.flag("sdp", false),
          .xformers = train.flag("xformers", false),
          .optimizer = train.word("optimizer", "adamw"),
          .dtype = train.word("dtype", "fp32"),
          .attention_backend = train.word("attention_backend", "native")};
}

ModelRecipe read_model(const JobConfig& config, const std::string& process) {
  const Section model{config, process + ".model"};
  ModelRecipe recipe{.arch = model.word("arch", ""),
                     .name_or_path = model.word("name_or_path", ""),
                     .qtype = model.word("qtype", "qfloat8"),
                     .qtype_te = model.word("qtype_te", "qfloat8"),
                     .quantize = model.flag("quantize", false),
                     .quantize_te = {},
                     .low_vram = model.flag("low_vram", false),
                     .layer_offloading = model.flag("layer_offloading", false)};
  recipe.quantize_te = model.flag("quantize_te", recipe.quantize.value);  // its default
  if (const auto old_name = model.flag("auto_memory", false);
      !recipe.layer_offloading.written && old_name.written)
    recipe.layer_offloading = old_name;
  return recipe;
}

DatasetRecipe read_dataset(const JobConfig& config, const std::string& path) {
  const Section dataset{config, path};
  return {.regularisation = dataset.flag("is_reg", false).value,
          .num_workers = dataset.count("num_workers", 2),
          .prefetch_factor = dataset.count("prefetch_factor", 2),
          .batch_size = dataset.count("batch_size", 0),
          .num_frames = dataset.count("num_frames", 1),
          .resolutions = dataset.counts("resolution", 512),
          .cache_latents = dataset.flag("cache_latents", false),
          .cache_latents_to_disk = dataset.flag("cache_latents_to_disk", false),
          .cache_text_embeddings = dataset.flag("cache_text_embeddings", false)};
}

SampleRecipe read_sample(const JobConfig& config, const std::string& process) {
  const Section sample{config, process + ".sample"};
  return {.width = sample.count("width", 512),
          .height = sample.count("height", 512),
          .num_frames = sample.count("num_frames", 1),
          .sample_every = sample.count("sample_every", 100),
          .sample_steps = sample.count("sample_steps", 20)};
}

void read_network(Recipe& recipe, const JobConfig& config) {
  const auto network = recipe.process + ".network";
  recipe.network_rank_path = network + ".linear";
  if (!config.is_mapping(network)) return;
  auto rank = config.get_integer(network + ".linear");
  if (!rank && config.get_integer(network + ".rank")) {
    rank = config.get_integer(network + ".rank");
    recipe.network_rank_path = network + ".rank";
  }
  recipe.network_rank = rank.value_or(4);
}

}  // namespace

std::optional<Recipe> read_recipe(const JobConfig& config) {
  Recipe recipe;
  recipe.process = "config.process[0]";
  if (!config.is_aitoolkit() || !config.is_mapping(recipe.process)) return std::nullopt;
  recipe.device = config.get_string(recipe.process + ".device").value_or("cuda");
  read_network(recipe, config);
  recipe.train = read_train(config, recipe.process);
  recipe.model = read_model(config, recipe.process);
  recipe.sample = read_sample(config, recipe.process);
  const Section save{config, recipe.process + ".save"};
  recipe.save_dtype = save.word("dtype", "float16");
  recipe.save_every = save.count("save_every", 1000);
  const auto datasets = recipe.process + ".datasets";
  const auto size = config.list_size(datasets).value_or(0);
  for (std::size_t i = 0; i < std::min(size, kMostDatasets); ++i)
    recipe.datasets.push_back(read_dataset(config, fmt::format("{}[{}]", datasets, i)));
  return recipe;
}

}  // namespace tidemark
