// How attention is computed.
#include <fmt/format.h>

#include "advice/proposal.h"

namespace tidemark {

// PyTorch's scaled_dot_product_attention, which "native" is, picks a kernel that does not store the
// matrix of tokens by tokens wherever there is one for the dtype and the device
// (https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html).
// ai-toolkit's `sdp` only allows those kernels, which they are by default
// (BaseSDTrainProcess.py at 27a03a91).
RuleAnswer attention_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& backend = model.asked.train.attention_backend;
  if (!model.holds_tensors) return {};
  if (!keeps_attention_matrix(model.asked))
    return {
        .left_out = {{"attention_backend",
                      fmt::format("{} attention does not store its matrix where it need not; "
                                  "another backend, xformers or sdp may be quicker, not smaller",
                                  model.asked.train.xformers.value ? "xformers" : backend.value)}}};
  return {
      .proposal = single_step(
          "attention_backend", "batch_size", backend.value,
          {.changes = {{backend.path, std::string{"native"}}},
           .price = 0.5,
           .title = "Compute attention without storing its matrix",
           .action = fmt::format("Set train.attention_backend to native (now {})", backend.value),
           .cost = "none: it is quicker too; results differ in the last digits"})};
}

}  // namespace tidemark
