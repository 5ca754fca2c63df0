// Whose a signal most likely is, for a system that does not tell.
#pragma once

#include "os/signal_queue.h"

namespace tidemark {

/// XNU marks no signal with where it came from: si_code is 0 for all but SIGCHLD
/// (bsd/kern/kern_sig.c, psignal_internal), and the keyboard's carry the pid of the terminal's
/// program. So what a terminal sends counts as a terminal's while the receiver's process group is
/// the one that it would send to: a Ctrl-C and `kill -INT` cannot be told apart there. All else
/// that people send is a process's.
SignalOrigin presume_origin(int number, bool own_group_in_foreground);

}  // namespace tidemark
