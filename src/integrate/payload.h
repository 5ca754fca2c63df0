// The files that are put into a checkout, as they were when the program was built
// (integrations/ai-toolkit, the panel from TIDEMARK_AITK_PANEL).
#pragma once

#include <span>
#include <string_view>

namespace tidemark {

struct PayloadFile {
  std::string_view path{};  // below the checkout
  std::string_view content{};
};

std::span<const PayloadFile> payload();

}  // namespace tidemark
