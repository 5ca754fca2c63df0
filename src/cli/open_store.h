// How a command comes to a store and to the job that was named.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/result.h"
#include "store/store.h"

namespace tidemark {

enum class Access { read, write };

/// The database of `--db`, the environment or the default, after what dead monitors left was taken
/// in. Reading never makes one: a missing database is an error that says where it was looked for.
Result<Store> open_store(const std::string& database_option, Access access);

/// Where that database is. Errors: as above.
Result<std::filesystem::path> find_database(const std::string& database_option);

/// A line for who would look for a run of `database` elsewhere: commands without --db go to another
/// file. Silent where they do not.
void say_where_it_is(const std::filesystem::path& database);

/// The run that the words of the command mean.
Result<StoredRun> find_run(Store& store, const std::string& job,
                           std::optional<std::int64_t> number);

}  // namespace tidemark
