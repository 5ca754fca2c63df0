#include "_tidemark/recorder_hooks.h"

#include <array>

namespace tidemark::python {
namespace {

enum Hook : std::size_t {
  kReadValue,
  kHold,
  kCompleteReady,
  kSampleAllocators,
  kNoteUnusable,
  kHooks
};
std::array<PyObject*, kHooks> g_names{};

/// While it lives, steps that a hook records call no hooks.
class InHook {
 public:
  explicit InHook(RecorderObject& self) noexcept : self_(self) { self_.in_hook = true; }
  ~InHook() { self_.in_hook = false; }
  InHook(const InHook&) = delete;
  InHook& operator=(const InHook&) = delete;

 private:
  RecorderObject& self_;
};

Owned call_hook(RecorderObject& self, Hook hook, PyObject* argument) noexcept {
  const InHook guard{self};
  auto* const object = reinterpret_cast<PyObject*>(&self);
  return Owned{argument != nullptr ? PyObject_CallMethodOneArg(object, g_names[hook], argument)
                                   : PyObject_CallMethodNoArgs(object, g_names[hook])};
}

constexpr std::int64_t kRetryAfterErrorNs = 60'000'000'000;

}  // namespace

bool read_odd_values(RecorderObject& self, StepCall& call, Owned& pending) noexcept {
  for (std::size_t i = 0; i < call.odd.size(); ++i) {
    if (call.odd[i] == nullptr) continue;
    const Owned value = call_hook(self, kReadValue, call.odd[i]);
    if (!value && !swallow_error()) return false;
    if (!value || value.get() == Py_None) {
      ++call.unusable;
      continue;
    }
    if (call.take(i, value.get())) continue;
    if (i == StepCall::kStep) continue;  // a step whose number is not known yet cannot be recorded
    if (!pending) pending = Owned{PyList_New(0)};
    const Owned entry{Py_BuildValue("(IO)", StepCall::flag_of(i), value.get())};
    if (!pending || !entry || PyList_Append(pending.get(), entry.get()) != 0) {
      ++call.unusable;
      if (!swallow_error()) return false;
    }
  }
  return true;
}

bool hold_values(RecorderObject& self, const StepCall& call, PyObject* pending) noexcept {
  const InHook guard{self};
  const Owned step{PyLong_FromLongLong(call.values.step)};
  const Owned time{PyLong_FromLongLong(call.values.time_ns)};
  if (!step || !time) return swallow_error();
  const Owned waits{PyObject_CallMethodObjArgs(reinterpret_cast<PyObject*>(&self), g_names[kHold],
                                               step.get(), time.get(), pending, nullptr)};
  if (!waits) return swallow_error();
  self.has_pending = waits.get() == Py_True;
  return true;
}

bool complete_ready(RecorderObject& self) noexcept {
  const Owned waits = call_hook(self, kCompleteReady, nullptr);
  if (!waits) return swallow_error();
  self.has_pending = waits.get() == Py_True;
  return true;
}

// The next time is set first: whatever the hook does, it is not called at every step.
bool sample_allocators(RecorderObject& self, std::int64_t step, std::int64_t now_ns) noexcept {
  self.allocators_due_ns = now_ns + kRetryAfterErrorNs;
  const Owned number{PyLong_FromLongLong(step)};
  if (!number) return swallow_error();
  const Owned pause = call_hook(self, kSampleAllocators, number.get());
  if (!pause) return swallow_error();
  const long long pause_ns = PyLong_AsLongLong(pause.get());
  if (pause_ns == -1 && PyErr_Occurred() != nullptr) return swallow_error();
  self.allocators_due_ns = now_ns + pause_ns;
  return true;
}

bool note_unusable(RecorderObject& self, const StepCall& call) noexcept {
  self.values_unusable += call.unusable;
  if (call.why == nullptr) return true;  // said where it was read
  const Owned why{PyUnicode_FromString(call.why)};
  const Owned done = why ? call_hook(self, kNoteUnusable, why.get()) : Owned{};
  return done || swallow_error();
}

bool prepare_hook_names() noexcept {
  constexpr std::array<const char*, kHooks> kNames = {"_read_value", "_hold", "_complete_ready",
                                                      "_sample_allocators", "_note_unusable"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (g_names[i] == nullptr) g_names[i] = PyUnicode_InternFromString(kNames[i]);
    if (g_names[i] == nullptr) return false;
  }
  return true;
}

}  // namespace tidemark::python
