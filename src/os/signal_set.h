// Sets of signals as values. Without "::" before their names: macOS has these as macros.
#pragma once

#include <signal.h>

#include <initializer_list>

namespace tidemark {

/// Async-signal-safe, as all of these are.
inline sigset_t signal_set(std::initializer_list<int> numbers) {
  sigset_t set{};
  (void)sigemptyset(&set);
  for (const int number : numbers) (void)sigaddset(&set, number);
  return set;
}

inline sigset_t every_signal() {
  sigset_t set{};
  (void)sigfillset(&set);
  return set;
}

inline bool contains(const sigset_t& set, int number) {
  return sigismember(&set, number) == 1;
}

}  // namespace tidemark
