// What is kept although it could lie on disk or be computed once.
#include <fmt/format.h>

#include <algorithm>

#include "advice/proposal.h"

namespace tidemark {

RuleAnswer latents_to_disk_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  if (model.on_device) return {};
  std::vector<SettingChange> changes;
  for (const auto& dataset : model.asked.datasets)
    if (dataset.cache_latents.value && !dataset.cache_latents_to_disk.value)
      changes.push_back({dataset.cache_latents_to_disk.path, true});
  if (changes.empty()) return {};
  const auto count = changes.size();
  return {.proposal = single_step(
              "latents_to_disk", "latent_cache", false,
              {.changes = std::move(changes),
               .price = 1,
               .title = "Cache latents on disk",
               .action = fmt::format("Set cache_latents_to_disk to true in {} dataset{}", count,
                                     count == 1 ? "" : "s"),
               .cost = "each batch is read from the disk"})};
}

RuleAnswer text_embeddings_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& train = model.asked.train;
  RuleAnswer answer;
  if (!model.holds_tensors) return answer;
  if (train.train_text_encoder.value) {
    answer.left_out.push_back(
        {"cache_text_embeddings",
         "the text encoder is trained, so its output cannot be cached (ai-toolkit refuses it)"});
    return answer;
  }
  if (!text_encoder_stays(model.asked)) {
    answer.left_out.push_back({"cache_text_embeddings", "the text encoder is not kept already"});
    return answer;
  }
  const auto* family = family_of(model.asked.model.arch.value);
  answer.left_out.push_back(
      {"unload_text_encoder",
       family != nullptr && !family->unload_text_encoder
           ? "ai-toolkit forbids it for this architecture"
           : "it drops the captions: every picture is then trained with the trigger word alone; "
             "caching the embeddings frees as much and keeps them"});
  answer.proposal = single_step(
      "cache_text_embeddings", "text_encoder_kept", train.cache_text_embeddings.value,
      {.changes = {{train.cache_text_embeddings.path, true}},
       .price = 2,
       .title = "Cache the text embeddings and let the text encoder go",
       .action = "Set train.cache_text_embeddings to true",
       .cost = "captions are encoded once before training: caption dropout and shuffling no longer "
               "vary them"});
  return answer;
}

}  // namespace tidemark
