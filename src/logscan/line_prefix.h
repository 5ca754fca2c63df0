// What launchers and log collectors put before a line of output.
#pragma once

#include <string_view>

namespace tidemark {

/// `line` without timestamps ("2026-07-29T09:31:11.1Z "), rank labels ("[rank0]: ", "[default1]:",
/// "[1,0]<stderr>:", srun's "3: ") and Ray's "(Worker pid=12) ". What indents the rest stays.
std::string_view without_prefixes(std::string_view line);

}  // namespace tidemark
