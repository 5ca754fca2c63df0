#include "cli/keep_prediction.h"

#include <algorithm>
#include <filesystem>

#include "cli/database_location.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

// The answer is on its way to somebody: a database that another program holds is not waited for
// longer.
constexpr std::chrono::milliseconds kBusyWait{1000};

}  // namespace

void keep_prediction(const std::string& database_option, const RunKey& run,
                     const std::function<StoredPrediction(double)>& say_at) {
  std::error_code error;
  const auto file =
      locate_database(database_option, process_environment(), std::filesystem::current_path(error));
  if (!file) return;
  auto store = Store::open(*file, {.create = false, .busy_wait = kBusyWait});
  if (store)
    (void)store->keep_prediction(run, say_at(to_seconds(SystemClock{}.wall() - WallTime{})));
}

void keep_applied(const std::string& database_option, const RunKey& run, const Analysis& analysis,
                  const std::vector<SettingChange>& changes) {
  if (!analysis.model || !analysis.recipe || !analysis.summary.limiting_pool) return;
  auto settings = *analysis.recipe;
  const bool known = std::ranges::all_of(
      changes, [&](const SettingChange& change) { return apply_change(settings, change); });
  if (!known) return;
  keep_prediction(database_option, run, [&](double now) {
    return prediction_to_keep(analysis, settings, "apply", changes, now);
  });
}

}  // namespace tidemark
