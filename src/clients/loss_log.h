// ai-toolkit's per-job `loss_log.db` (toolkit/logging_aitk.py, commit 27a03a91): the tables
// steps(step, wall_time) and metrics(step, key, value_real), written in transactions of whole
// steps, rising; a resumed job first deletes the steps behind the one that it goes on from.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/result.h"
#include "store/store.h"
#include "telemetry/step.h"

namespace tidemark {

class LossLog {
 public:
  LossLog(std::vector<std::filesystem::path> candidates, double since_unix_seconds);

  /// Steps that are new since the last call, rising. A step that the trainer skipped after an
  /// out-of-memory error has neither loss nor learning rate. Errors: not_found (no file yet), and
  /// those of reading; nothing is skipped then.
  Result<std::vector<StepRecord>> read_new();

 private:
  Result<void> open();
  Result<bool> has_news();
  std::vector<std::filesystem::path> candidates_;
  double since_;
  std::optional<ForeignDatabase> db_{};
  std::optional<std::int64_t> version_{};
  std::int64_t last_step_ = -1;
};

}  // namespace tidemark
