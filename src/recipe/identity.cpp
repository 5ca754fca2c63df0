// What two runs must share so that one says something of the other's memory.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <variant>

#include "core/secrets.h"
#include "recipe/recipe.h"

namespace tidemark {
namespace {

// A model section of more than this is nobody's; the bound keeps a hostile config from costing
// time.
constexpr std::size_t kMostLeaves = 512;
constexpr int kDeepest = 12;

std::string words_of(const ConfigValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
          return "null";
        else
          return fmt::format("{}", held);
      },
      value);
}

/// Walks a part of the config, each scalar with its path below `root`.
class Leaves {
 public:
  explicit Leaves(const JobConfig& config) : config_(config) {}

  template <class Skip>
  void add(const std::string& root, const std::string& name, const Skip& skip, int depth = 0) {
    if (depth > kDeepest || lines_.size() >= kMostLeaves || skip(name)) return;
    const auto path = root + name;
    if (const auto value = config_.get(path)) {
      const auto words = words_of(*value);
      // Masked where a run's config is stored, and so never compared.
      if (words != kRedacted && !is_secret_value(name.substr(name.rfind('.') + 1), words))
        lines_.push_back(name + "=" + mask_secrets(words));
      return;
    }
    if (const auto size = config_.list_size(path))
      for (std::size_t i = 0; i < std::min(*size, kMostLeaves); ++i)
        add(root, fmt::format("{}[{}]", name, i), skip, depth + 1);
    for (const auto& key : config_.keys(path))
      if (!is_secret_key(key)) add(root, name.empty() ? key : name + "." + key, skip, depth + 1);
  }

  std::vector<std::string> sorted() && {  // a mapping's order means nothing
    std::ranges::sort(lines_);
    return std::move(lines_);
  }

 private:
  const JobConfig& config_;
  std::vector<std::string> lines_{};
};

// What the recipe has as settings of its own: a run that is quantized trains the same model.
constexpr std::array<std::string_view, 8> kModelSettings{
    "model.quantize", "model.quantize_te",      "model.qtype",       "model.qtype_te",
    "model.low_vram", "model.layer_offloading", "model.auto_memory", "model.dtype"};
constexpr std::array<std::string_view, 4> kRankSettings{"network.linear", "network.linear_alpha",
                                                        "network.rank", "network.alpha"};

bool is_setting(std::string_view path) {
  return std::ranges::find(kModelSettings, path) != kModelSettings.end() ||
         std::ranges::find(kRankSettings, path) != kRankSettings.end();
}

constexpr std::array<std::string_view, 4> kSaysNothing{"training_folder", "monitoring",
                                                       "performance_log_every", "sqlite_db_path"};

/// The values of the recipe that differ from `otherwise`, by path below the process.
class Differences {
 public:
  explicit Differences(std::string_view process) : process_(process) {}

  template <class Value>
  void add(const Setting<Value>& value, const Setting<Value>& otherwise) {
    if (!(value.value == otherwise.value)) say(value.path, fmt::format("{}", value.value));
  }
  void say(std::string_view path, const std::string& value) {
    if (path.starts_with(process_)) path.remove_prefix(std::min(process_.size() + 1, path.size()));
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : ";", path, value);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string process_;
  std::string text_{};
};

Recipe default_recipe() {
  const auto config =
      JobConfig::parse(R"({"config": {"process": [{"datasets": [{}]}]}})", "the defaults");
  return config ? read_recipe(*config).value_or(Recipe{}) : Recipe{};
}

void add_train(Differences& all, const TrainRecipe& now, const TrainRecipe& otherwise) {
  all.add(now.batch_size, otherwise.batch_size);
  for (const auto setting :
       {&TrainRecipe::gradient_checkpointing, &TrainRecipe::use_ema,
        &TrainRecipe::unload_text_encoder, &TrainRecipe::cache_text_embeddings,
        &TrainRecipe::train_text_encoder, &TrainRecipe::single_item_batching,
        &TrainRecipe::disable_sampling, &TrainRecipe::sdp, &TrainRecipe::xformers})
    all.add(now.*setting, otherwise.*setting);
  for (const auto setting :
       {&TrainRecipe::optimizer, &TrainRecipe::dtype, &TrainRecipe::attention_backend})
    all.add(now.*setting, otherwise.*setting);
}

void add_dataset(Differences& all, const DatasetRecipe& now, const DatasetRecipe& otherwise) {
  for (const auto setting : {&DatasetRecipe::num_workers, &DatasetRecipe::prefetch_factor,
                             &DatasetRecipe::batch_size, &DatasetRecipe::num_frames})
    all.add(now.*setting, otherwise.*setting);
  for (const auto setting : {&DatasetRecipe::cache_latents, &DatasetRecipe::cache_latents_to_disk,
                             &DatasetRecipe::cache_text_embeddings})
    all.add(now.*setting, otherwise.*setting);
  std::string sizes;
  for (const auto& size : now.resolutions)
    sizes += fmt::format("{}{}", sizes.empty() ? "" : ",", size.value);
  const auto& path = now.cache_latents.path;  // "...datasets[0].cache_latents"
  all.say(path.substr(0, path.rfind('.')) + ".resolution", sizes);
}

std::string kind_of_device(std::string_view device) {
  return std::string{device.substr(0, device.find(':'))};
}

}  // namespace

std::string model_identity(const JobConfig& config) {
  const auto recipe = read_recipe(config);
  if (!recipe) return {};
  Leaves leaves{config};
  const auto root = recipe->process + ".";
  for (const auto* section : {"type", "model", "network"}) leaves.add(root, section, is_setting);
  return fmt::format("{};{};{}", kind_of_device(recipe->device),
                     recipe->network_rank ? "adapter" : "all weights",
                     fmt::join(std::move(leaves).sorted(), ";"));
}

std::vector<std::string> other_differences(const JobConfig& a, const JobConfig& b) {
  const auto recipe = read_recipe(b);
  if (!recipe) return {};
  const auto root = recipe->process + ".";
  const auto skip = [&](std::string_view path) {
    return std::ranges::find(kSaysNothing, path) != kSaysNothing.end();
  };
  Leaves before{a}, after{b};
  for (auto* leaves : {&before, &after})
    for (const auto& key : (leaves == &before ? a : b).keys(recipe->process))
      leaves->add(root, key, skip);
  std::vector<std::string> different, paths;
  std::ranges::set_symmetric_difference(std::move(before).sorted(), std::move(after).sorted(),
                                        std::back_inserter(different));
  for (const auto& line : different) {
    auto path = line.substr(0, line.find('='));
    if (!value_at(*recipe, root + path) && std::ranges::find(paths, path) == paths.end())
      paths.push_back(std::move(path));
  }
  return paths;
}

std::string memory_settings(const Recipe& recipe) {
  static const Recipe kDefaults = default_recipe();
  Differences all{recipe.process};
  if (recipe.network_rank) all.say(recipe.network_rank_path, std::to_string(*recipe.network_rank));
  add_train(all, recipe.train, kDefaults.train);
  const auto& model = recipe.model;
  for (const auto setting : {&ModelRecipe::quantize, &ModelRecipe::quantize_te,
                             &ModelRecipe::low_vram, &ModelRecipe::layer_offloading})
    all.add(model.*setting, kDefaults.model.*setting);
  if (model.quantize.value) all.add(model.qtype, kDefaults.model.qtype);
  if (model.quantize_te.value) all.add(model.qtype_te, kDefaults.model.qtype_te);
  if (!recipe.train.disable_sampling.value)
    for (const auto setting :
         {&SampleRecipe::width, &SampleRecipe::height, &SampleRecipe::num_frames})
      all.add(recipe.sample.*setting, kDefaults.sample.*setting);
  all.add(recipe.save_dtype, kDefaults.save_dtype);
  for (const auto& dataset : recipe.datasets)
    if (!kDefaults.datasets.empty()) add_dataset(all, dataset, kDefaults.datasets.front());
  return std::move(all).text();
}

bool differ_only_in_modelled_settings(const Recipe& a, const Recipe& b) {
  const auto& [x, y] = std::tie(a.train, b.train);
  return kind_of_device(a.device) == kind_of_device(b.device) &&
         a.network_rank.has_value() == b.network_rank.has_value() &&
         x.train_text_encoder.value == y.train_text_encoder.value && x.sdp.value == y.sdp.value &&
         x.xformers.value == y.xformers.value &&
         x.attention_backend.value == y.attention_backend.value &&
         a.model.low_vram.value == b.model.low_vram.value;
}

}  // namespace tidemark
