// The extension module `tidemark._tidemark`: the trainer's end of the journal.
#include "_tidemark/journal_object.h"
#include "_tidemark/malloc_statistics.h"
#include "_tidemark/python.h"
#include "_tidemark/recorder.h"
#include "_tidemark/recorder_hooks.h"
#include "_tidemark/step_call.h"

namespace tidemark::python {
namespace {

/// malloc_statistics() -> (allocated_bytes, reserved_bytes, took_ns) | None
PyObject* malloc_statistics(PyObject*, PyObject*) {
  std::optional<MallocStatistics> found;
  std::int64_t took = 0;
  Py_BEGIN_ALLOW_THREADS const auto began = tidemark_boot_ns();
  found = read_malloc_statistics();
  took = tidemark_boot_ns() - began;
  Py_END_ALLOW_THREADS if (!found) Py_RETURN_NONE;
  return Py_BuildValue("(KKL)", static_cast<unsigned long long>(found->allocated_bytes),
                       static_cast<unsigned long long>(found->reserved_bytes),
                       static_cast<long long>(took));
}

PyObject* boot_ns(PyObject*, PyObject*) {
  return PyLong_FromLongLong(tidemark_boot_ns());
}

PyMethodDef kFunctions[] = {{"find_journal", find_journal, METH_NOARGS, nullptr},
                            {"create_journal", create_journal_file, METH_VARARGS, nullptr},
                            {"malloc_statistics", malloc_statistics, METH_NOARGS, nullptr},
                            {"boot_ns", boot_ns, METH_NOARGS, nullptr},
                            {nullptr, nullptr, 0, nullptr}};

int fill_module(PyObject* module) {
  if (!prepare_step_names() || !prepare_hook_names()) return -1;
  const Owned journal{reinterpret_cast<PyObject*>(make_journal_type(module))};
  const Owned recorder{reinterpret_cast<PyObject*>(make_recorder_type(module))};
  if (!journal || PyModule_AddObjectRef(module, "Journal", journal.get()) != 0) return -1;
  if (!recorder || PyModule_AddObjectRef(module, "Recorder", recorder.get()) != 0) return -1;
  count_forks();
  return PyModule_AddIntConstant(module, "STATUS_OK", tidemark_ok) != 0 ||
                 PyModule_AddIntConstant(module, "STATUS_NOT_YET", tidemark_not_yet) != 0 ||
                 PyModule_AddIntConstant(module, "HAS_LOSS", tidemark_has_loss) != 0 ||
                 PyModule_AddIntConstant(module, "HAS_LEARNING_RATE", tidemark_has_learning_rate) !=
                     0 ||
                 PyModule_AddIntConstant(module, "HAS_GRADIENT_NORM", tidemark_has_gradient_norm) !=
                     0 ||
                 PyModule_AddIntConstant(module, "HAS_BATCH_SIZE", tidemark_has_batch_size) != 0
             ? -1
             : 0;
}

PyModuleDef_Slot kModuleSlots[] = {
    {Py_mod_exec, as_slot(fill_module)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, nullptr}};

PyModuleDef kModule = {PyModuleDef_HEAD_INIT, "_tidemark", nullptr, 0,      kFunctions,
                       kModuleSlots,          nullptr,     nullptr, nullptr};

}  // namespace
}  // namespace tidemark::python

PyMODINIT_FUNC PyInit__tidemark() {
  return PyModuleDef_Init(&tidemark::python::kModule);
}
