#include "_tidemark/recorder.h"

#include <pthread.h>

#include <atomic>
#include <limits>
#include <new>

#include "_tidemark/recorder_hooks.h"
#include "_tidemark/step_call.h"

namespace tidemark::python {
namespace {

std::atomic<std::uint64_t> g_forks{0};

RecorderObject& as_recorder(PyObject* object) noexcept {
  return *reinterpret_cast<RecorderObject*>(object);
}

PyObject* recorder_new(PyTypeObject* type, PyObject*, PyObject*) {
  PyObject* const self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  as_recorder(self).clocks = new (std::nothrow) StepClocks;
  as_recorder(self).forks = g_forks.load();
  if (as_recorder(self).clocks != nullptr) return self;
  Py_DECREF(self);
  return PyErr_NoMemory();
}

void recorder_dealloc(PyObject* self) {
  Py_XDECREF(reinterpret_cast<PyObject*>(as_recorder(self).journal));
  delete as_recorder(self).clocks;
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

/// _attach(journal | None, records_steps): from now on it records there.
PyObject* recorder_attach(PyObject* self, PyObject* args) {
  PyObject* journal = nullptr;
  int records_steps = 0;
  if (PyArg_ParseTuple(args, "Op", &journal, &records_steps) == 0) return nullptr;
  auto& recorder = as_recorder(self);
  auto* const before = recorder.journal;
  recorder.journal =
      journal != Py_None ? reinterpret_cast<JournalObject*>(Py_NewRef(journal)) : nullptr;
  recorder.records_steps = records_steps != 0;
  Py_XDECREF(reinterpret_cast<PyObject*>(before));
  Py_RETURN_NONE;
}

StepClock& clock_of_this_thread(const RecorderObject& self) {
  return self.clocks->of(PyThreadState_GetID(PyThreadState_Get()));
}

void add_times(const RecorderObject& self, tidemark_step_values& values) {
  const auto took = clock_of_this_thread(self).step(values.time_ns);
  if (took.step_time_seconds && (values.present & tidemark_has_step_time) == 0) {
    values.step_time_seconds = *took.step_time_seconds;
    values.present |= tidemark_has_step_time;
  }
  if (took.data_wait_seconds && (values.present & tidemark_has_data_wait) == 0) {
    values.data_wait_seconds = *took.data_wait_seconds;
    values.present |= tidemark_has_data_wait;
  }
}

/// What follows a step's record. False: an exception must pass on.
bool after_step(RecorderObject& self, const StepCall& call, PyObject* pending) noexcept {
  if (self.has_pending && !complete_ready(self)) return false;
  if (pending != nullptr && !hold_values(self, call, pending)) return false;
  if (call.unusable != 0 && !note_unusable(self, call)) return false;
  return call.values.time_ns < self.allocators_due_ns ||
         sample_allocators(self, call.values.step, call.values.time_ns);
}

/// A rank that leaves steps to rank 0 still looks at its allocators.
PyObject* step_of_other_rank(RecorderObject& self) {
  const auto now = tidemark_boot_ns();
  if (self.journal != nullptr && !self.in_hook && now >= self.allocators_due_ns &&
      !sample_allocators(self, -1, now))
    return nullptr;
  Py_RETURN_FALSE;
}

PyObject* recorder_step(PyObject* object, PyObject* const* args, Py_ssize_t count,
                        PyObject* keyword_names) {
  auto& self = as_recorder(object);
  if (self.journal == nullptr) Py_RETURN_FALSE;
  notice_fork(self);
  if (!self.records_steps) return step_of_other_rank(self);
  StepCall call;
  call.values.time_ns = tidemark_boot_ns();
  call.parse(args, PyVectorcall_NARGS(static_cast<std::size_t>(count)), keyword_names);
  Owned pending;
  const bool read = !call.any_odd || read_odd_values(self, call, pending);
  bool taken = false;
  if (call.has_step) [[likely]] {
    add_times(self, call.values);
    taken = tidemark_journal_step(handle_of(self), &call.values);
  } else {
    ++call.unusable;
    pending = Owned{};
  }
  if (!read) return nullptr;
  if (!self.in_hook && !after_step(self, call, pending.get())) return nullptr;
  return PyBool_FromLong(taken);
}

/// The floor of `step`: the call and nothing else.
PyObject* recorder_bench_floor(PyObject*, PyObject* const*, Py_ssize_t, PyObject*) {
  Py_RETURN_FALSE;
}

std::uint64_t hash_of(const char* name, Py_ssize_t bytes) noexcept {
  return tidemark_fnv1a(0, name, static_cast<std::size_t>(bytes));
}

/// _phase(name, begins): the record, and the clock's part of it.
PyObject* recorder_phase(PyObject* object, PyObject* args) {
  const char* name = nullptr;
  Py_ssize_t bytes = 0;
  int begins = 0;
  if (PyArg_ParseTuple(args, "y#p", &name, &bytes, &begins) == 0) return nullptr;
  auto& self = as_recorder(object);
  if (self.journal == nullptr) Py_RETURN_FALSE;
  notice_fork(self);
  const auto now = tidemark_boot_ns();
  auto& clock = clock_of_this_thread(self);
  begins != 0 ? clock.begin_phase(hash_of(name, bytes), now)
              : clock.end_phase(hash_of(name, bytes), now);
  const bool taken =
      tidemark_journal_phase(handle_of(self), name, static_cast<std::size_t>(bytes), begins != 0);
  if (!self.in_hook && self.has_pending && !complete_ready(self)) return nullptr;
  if (!self.in_hook && now >= self.allocators_due_ns && !sample_allocators(self, -1, now))
    return nullptr;
  return PyBool_FromLong(taken);
}

/// _waited(nanoseconds) for data, on this thread.
PyObject* recorder_waited(PyObject* object, PyObject* argument) {
  const long long took = PyLong_AsLongLong(argument);
  if (took == -1 && PyErr_Occurred() != nullptr) return nullptr;
  auto& self = as_recorder(object);
  notice_fork(self);
  if (self.journal != nullptr) clock_of_this_thread(self).wait(took);
  Py_RETURN_NONE;
}

PyObject* recorder_set_pending(PyObject* object, PyObject* argument) {
  as_recorder(object).has_pending = argument == Py_True;
  Py_RETURN_NONE;
}

PyObject* recorder_unusable(PyObject* object, void*) {
  return PyLong_FromUnsignedLongLong(as_recorder(object).values_unusable);
}

PyDoc_STRVAR(
    kStepDoc,
    "step($self, step, loss=None, *, batch_size=None, gradient_norm=None, learning_rate=None,\n"
    "     step_time_seconds=None, data_wait_seconds=None)\n--\n\n"
    "Records one optimiser step; returns whether the record was taken.\n\n"
    "Values are numbers or scalar tensors. A tensor on a device is read one step later, when it "
    "is\n"
    "ready, without waiting for the device. What is left out is absent; NaN and infinity are "
    "kept.\n"
    "step_time_seconds is measured (time since this thread's step before, without phases that "
    "ended\n"
    "in between) and data_wait_seconds comes from batches(), unless they are given.\n"
    "Never raises, never waits. False: disabled, the journal is full, or a rank above 0.");

PyMethodDef kMethods[] = {
    {"step", as_method(recorder_step), METH_FASTCALL | METH_KEYWORDS, kStepDoc},
    {"_attach", recorder_attach, METH_VARARGS, nullptr},
    {"_phase", recorder_phase, METH_VARARGS, nullptr},
    {"_waited", recorder_waited, METH_O, nullptr},
    {"_set_pending", recorder_set_pending, METH_O, nullptr},
    {"_bench_floor", as_method(recorder_bench_floor), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kAttributes[] = {{"_values_unusable", recorder_unusable, nullptr, nullptr, nullptr},
                             {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyType_Slot kSlots[] = {{Py_tp_new, as_slot(recorder_new)},
                        {Py_tp_dealloc, as_slot(recorder_dealloc)},
                        {Py_tp_methods, kMethods},
                        {Py_tp_getset, kAttributes},
                        {0, nullptr}};

PyType_Spec kSpec = {"tidemark._tidemark.Recorder", sizeof(RecorderObject), 0,
                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, kSlots};

}  // namespace

PyTypeObject* make_recorder_type(PyObject* module) {
  return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &kSpec, nullptr));
}

void notice_fork(RecorderObject& self) noexcept {
  const auto forks = g_forks.load(std::memory_order_relaxed);
  if (self.forks == forks) [[likely]]
    return;
  self.forks = forks;
  self.clocks->clear();
  self.has_pending = false;
  // A parent's devices are not its forked child's, whose libraries may be in any state.
  self.allocators_due_ns = std::numeric_limits<std::int64_t>::max();
}

void count_forks() noexcept {
  ::pthread_atfork(nullptr, nullptr, [] { g_forks.fetch_add(1); });
}

}  // namespace tidemark::python
