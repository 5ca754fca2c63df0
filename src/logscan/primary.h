// Which of the findings decided the run.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "logscan/finding_store.h"

namespace tidemark {

/// Training went on by two steps: one may be drawn while the bar is closed.
bool went_on(const Progress& since, const Progress& at_end);
/// True where the run went on well after it, or finished.
bool was_survived(const Kept& kept, const Progress& at_end);

struct Primary {
  std::optional<std::size_t> index{};  // of the finding; absent: nothing was even warned of
  bool fatal = false;                  // it ended the run; else the run survived all
};

/// docs/log_reader.md has the rules in words.
Primary choose_primary(std::span<const Kept> findings, const Progress& at_end);

}  // namespace tidemark
