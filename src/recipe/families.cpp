// What ai-toolkit's UI offers for each architecture (ui/src/app/jobs/new/options.tsx: which
// sections it shows or hides), and the published parameter counts of the models.
#include <algorithm>
#include <array>

#include "recipe/recipe.h"

namespace tidemark {
namespace {

// clang-format off
// arch, billions of the transformer (both experts where there are two), of the text encoders;
// quantize, low_vram, layer_offloading, unload_text_encoder
constexpr std::array kFamilies{
    ModelFamily{"anima", 0, 0, true, true, true, true},
    ModelFamily{"flux", 11.9, 4.9, true, false, false, true},
    ModelFamily{"flux_kontext", 11.9, 4.9, true, false, false, true},
    ModelFamily{"flex1", 8.2, 4.9, true, false, false, true},
    ModelFamily{"flex2", 8.2, 4.9, true, false, false, true},
    ModelFamily{"chroma", 8.9, 4.8, true, false, false, true},
    ModelFamily{"zeta_chroma", 0, 0, true, false, false, true},
    ModelFamily{"wan21:1b", 1.4, 5.7, true, true, false, true},
    ModelFamily{"wan21_i2v:14b480p", 16.4, 5.7, true, true, false, true},
    ModelFamily{"wan21_i2v:14b", 16.4, 5.7, true, true, false, true},
    ModelFamily{"wan21:14b", 14.3, 5.7, true, true, false, true},
    ModelFamily{"wan22_14b:t2v", 28.6, 5.7, true, true, true, true},
    ModelFamily{"wan22_14b_i2v", 28.6, 5.7, true, true, true, true},
    ModelFamily{"wan22_5b", 5.0, 5.7, true, true, false, true},
    ModelFamily{"lumina2", 2.6, 2.6, true, false, false, true},
    ModelFamily{"qwen_image", 20.4, 8.3, true, true, true, true},
    ModelFamily{"qwen_image_edit", 20.4, 8.3, true, true, true, false},
    ModelFamily{"qwen_image_edit_plus", 20.4, 8.3, true, true, true, false},
    ModelFamily{"hidream", 17.1, 13.6, true, true, false, true},
    ModelFamily{"hidream_e1", 0, 0, true, true, false, true},
    ModelFamily{"sdxl", 2.57, 0.82, false, false, false, true},
    ModelFamily{"sd15", 0.86, 0.12, false, false, false, true},
    ModelFamily{"omnigen2", 4.0, 3.8, true, false, false, true},
    ModelFamily{"flux2", 32.0, 24.0, true, true, true, true},
    ModelFamily{"zimage:turbo", 6.2, 4.0, true, true, true, true},
    ModelFamily{"zimage", 6.2, 4.0, true, true, true, true},
    ModelFamily{"minimax_h3", 0, 0, true, true, true, true},
    ModelFamily{"minimax_h3_ref2va", 0, 0, true, true, true, true},
    ModelFamily{"ltx2", 0, 0, true, true, true, true},
    ModelFamily{"ltx2.3", 0, 0, true, true, true, true},
    ModelFamily{"ltx2.5", 0, 0, true, true, true, true},
    ModelFamily{"flux2_klein_4b", 4.0, 4.0, true, true, true, true},
    ModelFamily{"ernie_image", 0, 0, true, true, true, true},
    ModelFamily{"flux2_klein_9b", 9.0, 8.2, true, true, true, true},
    ModelFamily{"ace_step_15_xl", 0, 0, true, true, true, true},
    ModelFamily{"ace_step_15", 0, 0, true, true, true, true},
    ModelFamily{"nucleus_image", 0, 0, true, true, false, true},
    ModelFamily{"hidream_o1", 0, 0, true, true, true, false},
    ModelFamily{"zimage_l2p", 0, 0, true, true, true, true},
    ModelFamily{"ideogram4", 0, 0, true, true, true, true},
    ModelFamily{"prx_pixel", 0, 0, true, true, true, true},
    ModelFamily{"krea2", 0, 0, true, true, true, true},
    ModelFamily{"krea2:o_edit", 0, 0, true, true, true, false},
    ModelFamily{"krea2:o_edit_turbo", 0, 0, true, true, true, false},
    ModelFamily{"mageflow", 0, 0, true, true, true, true},
    ModelFamily{"mageflow_edit", 0, 0, true, true, true, false},
    ModelFamily{"boogu_image", 0, 0, true, true, true, true},
    ModelFamily{"boogu_image_edit", 0, 0, true, true, true, false},
};
// clang-format on

const ModelFamily* find(std::string_view arch) {
  const auto found = std::ranges::find(kFamilies, arch, &ModelFamily::arch);
  return found == kFamilies.end() ? nullptr : &*found;
}

}  // namespace

const ModelFamily* family_of(std::string_view arch) {
  if (const auto* exact = find(arch)) return exact;
  return find(arch.substr(0, arch.find(':')));
}

}  // namespace tidemark
