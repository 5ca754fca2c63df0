// SIGINT and SIGTERM as something to wait for.
#pragma once

#include "os/unique_fd.h"

namespace tidemark {

/// Readable once one of them came; neither ends the process any more. To be called before there is
/// another thread, which would take them.
UniqueFd stop_signals();

}  // namespace tidemark
