#include "report/component_names.h"

#include <array>
#include <utility>

namespace tidemark {

std::string_view people_name(std::string_view component) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kNames{{
      {"dataloader_workers", "DataLoader workers"},
      {"main_process", "main process"},
      {"child_processes", "child processes"},
      {"other_processes", "other processes"},
      {"system_baseline", "before the run"},
      {"gpu_memory", "GPU memory"},
      {"gpu_tensors", "tensors"},
      {"gpu_context", "GPU context"},
      {"allocator_slack", "allocator slack"},
      {"shm_and_pinned", "shm and pinned"},
      {"counted_twice", "counted twice"},
      {"unattributed", "unattributed"},
      {"model_weights", "model weights"},
      {"adapter_weights", "adapter weights"},
      {"gradients", "gradients"},
      {"optimizer_state", "optimizer state"},
      {"ema", "moving average (EMA)"},
      {"activations", "activations"},
      {"latent_cache", "cached latents"},
      {"sampling", "sampling"},
      {"checkpoint_save", "checkpoint save"},
      {"text_encoder", "text encoder"},
  }};
  for (const auto& [id, name] : kNames)
    if (id == component) return name;
  return component;
}

}  // namespace tidemark
