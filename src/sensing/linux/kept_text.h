// Kept files that may be missing: an absent file and a failed read are both "nothing to say".
#pragma once

#include <optional>
#include <string_view>

#include "os/kept_file.h"

namespace tidemark {

inline std::optional<KeptFile> keep(const HostRoot& host, std::string_view path) {
  auto file = KeptFile::open(host, path);
  if (!file) return std::nullopt;
  return std::move(*file);
}

/// The present text; empty where there is none.
inline std::string_view text_of(std::optional<KeptFile>& file) {
  if (!file) return {};
  const auto text = file->read();
  return text ? *text : std::string_view{};
}

}  // namespace tidemark
