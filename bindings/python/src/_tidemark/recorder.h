// `_tidemark.Recorder`: what `tidemark.Run` inherits its fast half from. `step` stays in C for
// floats and ints; whatever needs more (tensors, allocators, messages) it asks of the Python half
// by the names in recorder_hooks.h.
#pragma once

#include <cstdint>

#include "_tidemark/journal_object.h"
#include "_tidemark/python.h"
#include "_tidemark/step_clock.h"

namespace tidemark::python {

struct RecorderObject {
  PyObject_HEAD JournalObject* journal;  // null: records nothing, or closed
  StepClocks* clocks;
  bool records_steps;   // false on a rank that leaves steps to rank 0
  bool has_pending;     // values of earlier steps were not ready
  bool in_hook;         // a hook runs: what it records asks for no other
  std::uint64_t forks;  // of this process, when the fields here were last right
  std::int64_t allocators_due_ns;
  std::uint64_t values_unusable;
};

PyTypeObject* make_recorder_type(PyObject* module);

/// Forgets in a forked child what was its parent's; cheap when nothing was forked.
void notice_fork(RecorderObject& self) noexcept;
/// Counts the forks behind this process; once, when the module is made.
void count_forks() noexcept;

inline tidemark_journal* handle_of(const RecorderObject& self) noexcept {
  return self.journal != nullptr ? self.journal->handle : nullptr;
}

}  // namespace tidemark::python
