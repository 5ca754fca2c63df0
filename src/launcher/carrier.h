// What carries the output of processes that outlive the trainer: a daemon, a child left behind.
#pragma once

#include <signal.h>

#include <span>
#include <vector>

#include "launcher/channel.h"
#include "launcher/log_copy.h"

namespace tidemark {

/// Forks a small background process, in a session of its own, that goes on with the unfinished
/// channels until their last writer has closed them, so that the launcher can end with the trainer
/// and nothing written later is lost. It keeps no other descriptor open and knows no hooks. Call
/// when no other thread touches the channels; close them here afterwards.
/// False where it could not be forked.
bool leave_carrier(std::vector<Channel>& channels, LogCopy& log, const sigset_t& signal_mask);

}  // namespace tidemark
