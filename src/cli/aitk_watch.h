// What `watch` and `serve --aitk` share: from the words of a command to a watcher that runs.
#pragma once

#include <filesystem>

#include "cli/commands.h"
#include "cli/job_watcher.h"
#include "core/result.h"

namespace tidemark {

struct PreparedWatch {
  std::filesystem::path checkout{};
  WatchPlaces places{};
};

/// Finds the checkout and its database; hands the address for news on to the monitors by the
/// environment, where ps does not show it: call it before there is another thread. Errors: invalid
/// (the words are off), and those of locate_database.
Result<PreparedWatch> prepare_watch(const WatchOptions& options);

/// Says what is watched, and watches until `stop_fd` is readable.
void watch_until_stopped(const PreparedWatch& watch, int stop_fd);

/// Says the error; 2 where the command's words are off, else 1.
int fail_watch(const Error& error);

}  // namespace tidemark
