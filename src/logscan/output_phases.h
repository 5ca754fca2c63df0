// What the trainer is doing besides its steps, as far as its output says it. Private to logscan.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "logscan/logscan.h"

namespace tidemark {

/// The words are ai-toolkit's (BaseSDTrainProcess.py, dataloader_mixins.py and the models' own
/// samplers at 27a03a91); bars with such descriptions are drawn by others too.
class OutputPhases {
 public:
  void see_bar(const ProgressBar& bar, double unix_seconds);
  void see_line(std::string_view line, double unix_seconds);
  std::vector<OutputPhase> take();

 private:
  void enter(std::string_view phase, double unix_seconds);
  void leave(double unix_seconds);
  void tell(std::string_view phase, bool begins, double unix_seconds);

  std::vector<OutputPhase> told_{};
  std::string_view inner_{};  // within training, or before it; empty: none
  bool training_ = false;
  std::size_t count_ = 0;
};

}  // namespace tidemark
