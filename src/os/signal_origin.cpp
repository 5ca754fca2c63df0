#include "os/signal_origin.h"

namespace tidemark {

SignalOrigin presume_origin(int number, bool own_group_in_foreground) {
  switch (number) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGHUP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
      return own_group_in_foreground ? SignalOrigin::kernel : SignalOrigin::process;
    case SIGCHLD:
    case SIGPIPE:  // of a write of ours
    case SIGXCPU:
    case SIGXFSZ:
      return SignalOrigin::kernel;
    default:
      return SignalOrigin::process;
  }
}

}  // namespace tidemark
