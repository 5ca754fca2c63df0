// Calls from a step into the Python half. Each answers false when an exception that is not ours to
// swallow (KeyboardInterrupt, SystemExit from a signal handler) is set and must pass on; everything
// else ends here and is counted.
#pragma once

#include <cstdint>

#include "_tidemark/recorder.h"
#include "_tidemark/step_call.h"

namespace tidemark::python {

/// `_read_value(object)`: a number, or an object that will have one (kept in `pending` as
/// (flag, object)), or None. Fills the call's odd values in.
bool read_odd_values(RecorderObject& self, StepCall& call, Owned& pending) noexcept;
/// `_hold(step, time_ns, pending)`: answers whether anything waits now.
bool hold_values(RecorderObject& self, const StepCall& call, PyObject* pending) noexcept;
/// `_complete_ready()`: records what has become ready; answers whether anything waits still.
bool complete_ready(RecorderObject& self) noexcept;
/// `_sample_allocators(step)`: answers after how many nanoseconds it wants to be called again.
bool sample_allocators(RecorderObject& self, std::int64_t step, std::int64_t now_ns) noexcept;
/// `_note_unusable(why)`: says it once.
bool note_unusable(RecorderObject& self, const StepCall& call) noexcept;

/// Interns the hooks' names. False: an error is set.
bool prepare_hook_names() noexcept;

}  // namespace tidemark::python
