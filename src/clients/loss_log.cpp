#include "clients/loss_log.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace tidemark {
namespace {

// Its own loss and rate; others ("val/loss", "loss/preservation") have no column. The rows of a
// step come in one transaction with it.
constexpr auto kNewRows =
    "SELECT s.step, s.wall_time, l.step, l.value_real, r.value_real FROM steps s"
    " LEFT JOIN metrics l ON l.step = s.step AND l.key = 'loss/loss'"
    " LEFT JOIN metrics r ON r.step = s.step AND r.key = 'learning_rate'"
    " WHERE s.step > ? AND s.wall_time >= ? ORDER BY s.step";

StepRecord step_from(const ForeignRow& row) {
  StepRecord step{.step = row.integer(0).value_or(0),
                  .unix_seconds = row.real(1).value_or(0),
                  .source = StepSource::loss_log};
  const bool has_loss = row.integer(2).has_value();
  // SQLite has no NaN: the trainer's became a NULL beside a key that is there.
  if (has_loss) step.loss = row.real(3).value_or(std::numeric_limits<double>::quiet_NaN());
  // Without a loss the step was skipped, and the rate is a placeholder of 0.
  if (has_loss) step.learning_rate = row.real(4);
  return step;
}

}  // namespace

LossLog::LossLog(std::vector<std::filesystem::path> candidates, double since_unix_seconds)
    : candidates_(std::move(candidates)), since_(since_unix_seconds) {}

Result<void> LossLog::open() {
  if (db_ && !db_->is_frozen() && db_->is_current()) return {};
  db_.reset();
  version_.reset();
  const auto file = std::ranges::find_if(candidates_, [](const auto& candidate) {
    std::error_code ignored;
    return std::filesystem::exists(candidate, ignored);
  });
  if (file == candidates_.end()) return fail(Errc::not_found, "there is no loss log yet");
  auto opened = ForeignDatabase::open(*file);
  if (!opened) return std::unexpected(opened.error());
  db_.emplace(std::move(*opened));
  return {};
}

// The rows of earlier runs may be very many: until this run has written one, the newest is enough.
Result<bool> LossLog::has_news() {
  std::optional<std::int64_t> step;
  double written_at = 0;
  auto asked = db_->query("SELECT step, wall_time FROM steps ORDER BY step DESC LIMIT 1", {},
                          [&](const ForeignRow& row) {
                            step = row.integer(0);
                            written_at = row.real(1).value_or(0);
                          });
  if (!asked) return std::unexpected(asked.error());
  if (!step || written_at < since_) return false;
  if (*step < last_step_) last_step_ = -1;  // cut back: what is there now counts
  return *step > last_step_;
}

Result<std::vector<StepRecord>> LossLog::read_new() {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  const auto version = db_->version();
  if (!version) return std::unexpected(version.error());
  std::vector<StepRecord> steps;
  if (version_ == *version) return steps;
  const auto news = has_news();
  if (!news) return std::unexpected(news.error());
  if (*news) {
    const std::array<ForeignValue, 2> bounds{last_step_, since_};
    auto asked = db_->query(kNewRows, bounds,
                            [&steps](const ForeignRow& row) { steps.push_back(step_from(row)); });
    if (!asked) return std::unexpected(asked.error());
  }
  version_ = *version;
  if (!steps.empty()) last_step_ = steps.back().step;
  return steps;
}

}  // namespace tidemark
