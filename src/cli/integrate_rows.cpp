#include "cli/integrate_rows.h"

#include <string>

#include "cli/journal_recovery.h"
#include "cli/run_liveness.h"
#include "os/host_root.h"
#include "store/store.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

/// Its monitor would go on writing into tables that are gone.
Result<void> refuse_while_recorded(const fs::path& file) {
  auto store = Store::open(file, {.read_only = true});
  if (!store) return std::unexpected(store.error());
  const auto unended = store->unended_runs();
  if (!unended) return std::unexpected(unended.error());
  for (const auto& run : *unended)
    if (unended_state(run, HostRoot{}) == Unended::recording)
      return fail(Errc::busy, "job " + run.info.job_name + " is being recorded in " +
                                  file.string() + "; the rows can be moved once it has ended");
  return {};
}

}  // namespace

Result<std::int64_t> bring_rows(const fs::path& from, const fs::path& to) {
  const auto present = has_store_tables(from);
  if (!present) return std::unexpected(present.error());
  if (!*present) return 0;
  (void)take_in_what_is_left(from, HostRoot{});
  if (auto free = refuse_while_recorded(from); !free) return std::unexpected(free.error());
  std::error_code ignored;
  const bool had_file = fs::exists(to, ignored);
  const auto rows = move_store(from, to);
  if (!rows) return rows;
  if (auto done = remove_empty_database(from); !done) return std::unexpected(done.error());
  if (*rows > 0 || had_file) return rows;
  for (const auto* const ending : {"", "-wal", "-shm"})  // made just now, for nothing
    fs::remove(to.string() + ending, ignored);
  return rows;
}

}  // namespace tidemark
