#include "_tidemark/journal_object.h"

#include <array>

namespace tidemark::python {
namespace {

JournalObject& as_journal(PyObject* object) noexcept {
  return *reinterpret_cast<JournalObject*>(object);
}

const char* text_of(tidemark_status status) noexcept {
  switch (status) {
    case tidemark_ok:
      return "ok";
    case tidemark_not_found:
      return "no such journal";
    case tidemark_not_ours:
      return "not a file of this user's";
    case tidemark_not_a_journal:
      return "not a journal, or damaged at its beginning";
    case tidemark_other_version:
      return "a journal of another version of tidemark";
    case tidemark_no_memory:
      return "the journal could not be mapped";
    case tidemark_no_place:
      return "no place for a journal: neither memory nor the database's folder has room";
    case tidemark_not_yet:
      return "the run's journal is not there yet";
  }
  return "unknown status";
}

PyObject* journal_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"path", nullptr};
  PyObject* path = nullptr;
  if (PyArg_ParseTupleAndKeywords(args, keywords, "O&", const_cast<char**>(names),
                                  PyUnicode_FSConverter, &path) == 0)
    return nullptr;
  const Owned bytes{path};
  tidemark_status status = tidemark_ok;
  tidemark_journal* const handle = tidemark_journal_open(PyBytes_AS_STRING(path), &status);
  if (handle == nullptr) return PyErr_Format(PyExc_OSError, "%S: %s", path, text_of(status));
  Owned self{type->tp_alloc(type, 0)};
  PyObject* const decoded = PyUnicode_DecodeFSDefault(PyBytes_AS_STRING(path));
  if (!self || decoded == nullptr) {
    tidemark_journal_close(handle);
    return nullptr;
  }
  as_journal(self.get()).handle = handle;
  as_journal(self.get()).path = decoded;
  return self.release();
}

void journal_dealloc(PyObject* self) {
  tidemark_journal_close(as_journal(self).handle);
  Py_XDECREF(as_journal(self).path);
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* journal_close(PyObject* self, PyObject*) {
  tidemark_journal_close(std::exchange(as_journal(self).handle, nullptr));
  Py_RETURN_NONE;
}

PyObject* journal_claim(PyObject* self, PyObject*) {
  tidemark_journal* const handle = as_journal(self).handle;
  bool claimed = false;
  Py_BEGIN_ALLOW_THREADS  // 16 MiB are allocated and touched
      claimed = tidemark_journal_claim(handle);
  Py_END_ALLOW_THREADS return PyBool_FromLong(claimed);
}

PyObject* journal_event(PyObject* self, PyObject* args) {
  Py_buffer type{};
  Py_buffer details{};
  if (PyArg_ParseTuple(args, "y*y*", &type, &details) == 0) return nullptr;
  const bool taken = tidemark_journal_event(
      as_journal(self).handle, static_cast<const char*>(type.buf),
      static_cast<std::size_t>(type.len), static_cast<const char*>(details.buf),
      static_cast<std::size_t>(details.len));
  PyBuffer_Release(&type);
  PyBuffer_Release(&details);
  return PyBool_FromLong(taken);
}

PyObject* journal_phase(PyObject* self, PyObject* args) {
  const char* name = nullptr;
  Py_ssize_t bytes = 0;
  int begins = 0;
  if (PyArg_ParseTuple(args, "y#p", &name, &bytes, &begins) == 0) return nullptr;
  return PyBool_FromLong(tidemark_journal_phase(as_journal(self).handle, name,
                                                static_cast<std::size_t>(bytes), begins != 0));
}

PyObject* journal_allocator(PyObject* self, PyObject* args) {
  tidemark_allocator_values values{};
  long long step = -1;
  unsigned char device = 0;
  unsigned int index = 0;
  unsigned long long allocated = 0;
  unsigned long long reserved = 0;
  unsigned long long peak_allocated = 0;
  unsigned long long peak_reserved = 0;
  if (PyArg_ParseTuple(args, "LbIKKKK", &step, &device, &index, &allocated, &reserved,
                       &peak_allocated, &peak_reserved) == 0)
    return nullptr;
  values.step = step;
  values.device_kind = device;
  values.device_index = index;
  values.allocated_bytes = allocated;
  values.reserved_bytes = reserved;
  values.peak_allocated_bytes = peak_allocated;
  values.peak_reserved_bytes = peak_reserved;
  return PyBool_FromLong(tidemark_journal_allocator(as_journal(self).handle, &values));
}

PyObject* journal_complete(PyObject* self, PyObject* args) {
  tidemark_step_values values{};
  long long step = 0;
  long long time_ns = 0;
  unsigned int present = 0;
  long long batch_size = 0;
  if (PyArg_ParseTuple(args, "LLIdddL", &step, &time_ns, &present, &values.loss,
                       &values.learning_rate, &values.gradient_norm, &batch_size) == 0)
    return nullptr;
  values.step = step;
  values.time_ns = time_ns;
  values.present = present;
  values.batch_size = batch_size;
  return PyBool_FromLong(tidemark_journal_step_completion(as_journal(self).handle, &values));
}

PyObject* journal_counts(PyObject* self, PyObject*) {
  tidemark_counts counts{};
  tidemark_journal_read_counts(as_journal(self).handle, &counts);
  return Py_BuildValue(
      "{sKsKsKsKsK}", "records_taken", static_cast<unsigned long long>(counts.records_taken),
      "dropped_full", static_cast<unsigned long long>(counts.dropped_full), "dropped_no_lane",
      static_cast<unsigned long long>(counts.dropped_no_lane), "dropped_too_large",
      static_cast<unsigned long long>(counts.dropped_too_large), "dropped_disabled",
      static_cast<unsigned long long>(counts.dropped_disabled));
}

PyObject* journal_path(PyObject* self, void*) {
  return Py_NewRef(as_journal(self).path);
}

PyMethodDef kMethods[] = {{"close", journal_close, METH_NOARGS, nullptr},
                          {"claim", journal_claim, METH_NOARGS, nullptr},
                          {"event", journal_event, METH_VARARGS, nullptr},
                          {"phase", journal_phase, METH_VARARGS, nullptr},
                          {"allocator", journal_allocator, METH_VARARGS, nullptr},
                          {"complete", journal_complete, METH_VARARGS, nullptr},
                          {"counts", journal_counts, METH_NOARGS, nullptr},
                          {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kAttributes[] = {{"path", journal_path, nullptr, nullptr, nullptr},
                             {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyType_Slot kSlots[] = {{Py_tp_new, as_slot(journal_new)},
                        {Py_tp_dealloc, as_slot(journal_dealloc)},
                        {Py_tp_methods, kMethods},
                        {Py_tp_getset, kAttributes},
                        {0, nullptr}};

PyType_Spec kSpec = {"tidemark._tidemark.Journal", sizeof(JournalObject), 0, Py_TPFLAGS_DEFAULT,
                     kSlots};

}  // namespace

PyTypeObject* make_journal_type(PyObject* module) {
  return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &kSpec, nullptr));
}

PyObject* find_journal(PyObject*, PyObject*) {
  std::array<char, 4096> path{};
  const auto status = tidemark_journal_find(path.data(), path.size());
  return Py_BuildValue("(iNs)", static_cast<int>(status), PyUnicode_DecodeFSDefault(path.data()),
                       text_of(status));
}

PyObject* create_journal_file(PyObject*, PyObject* args) {
  PyObject* database = nullptr;
  const char* label = nullptr;
  if (PyArg_ParseTuple(args, "O&z", PyUnicode_FSConverter, &database, &label) == 0) return nullptr;
  const Owned bytes{database};
  const char* const text = PyBytes_AS_STRING(database);
  std::array<char, 4096> path{};
  const auto status =
      tidemark_journal_create(text[0] != '\0' ? text : nullptr, label, path.data(), path.size());
  return Py_BuildValue("(iNs)", static_cast<int>(status), PyUnicode_DecodeFSDefault(path.data()),
                       text_of(status));
}

}  // namespace tidemark::python
