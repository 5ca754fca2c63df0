// The tables in a file: made, completed, or refused.
#pragma once

#include "core/result.h"
#include "store/connection.h"

namespace tidemark {

/// For writing: brings the file to kSchemaVersion and chooses its journal mode. A file that is
/// current already is only read. Errors: too_new and corrupt (a table of that name with another
/// meaning), both before anything is written; busy, full, ... from SQLite.
Result<void> prepare_for_writing(Connection& db);

/// For reading: an older layout stays as it is in the file; temporary views of this connection add
/// what it lacks, so that readers know one layout only. Errors: too_new, corrupt, ...
Result<void> prepare_for_reading(Connection& db);

}  // namespace tidemark
