// A config that has not run, told by the runs of this machine that are like it.
#include <fmt/format.h>

#include <limits>

#include "report/report.h"
#include "report/run_history.h"

namespace tidemark {

Result<LikeRun> find_like_run(Store& store, const JobConfig& config, std::string_view host,
                              std::string_view name) {
  const auto recipe = read_recipe(config);
  if (!recipe)
    return fail(Errc::invalid, fmt::format("{}: not a config of a client that is known", name));
  const auto runs =
      load_earlier_runs(store, &config, host, std::numeric_limits<double>::infinity());
  if (!runs) return std::unexpected(runs.error());
  auto model = learn_for(*recipe, *runs);
  if (!model || !model->base)
    return fail(
        Errc::not_found,
        fmt::format("{}: no run of this model ({}) that was analysed here came to its first "
                    "step: run it once, or analyse one that is here (tidemark analyze JOB)",
                    name,
                    recipe->model.name_or_path.value.empty()
                        ? "which has no name"
                        : printable(recipe->model.name_or_path.value, 60)));
  auto run = store.run(model->base->job_id, model->base->run);
  if (!run) return std::unexpected(run.error());
  return LikeRun{std::move(*run), std::move(*model), *recipe};
}

}  // namespace tidemark
