// `_tidemark.Journal`: an open journal, shared by the runs of this process that record into it.
#pragma once

#include "_tidemark/python.h"
#include "tidemark/journal_abi.h"

namespace tidemark::python {

struct JournalObject {
  PyObject_HEAD tidemark_journal* handle;  // null: closed, takes nothing
  PyObject* path;
};

/// The type, made on the module's first use; a strong reference that the module keeps.
PyTypeObject* make_journal_type(PyObject* module);

// Functions of the module.
PyObject* find_journal(PyObject*, PyObject*);
PyObject* create_journal_file(PyObject*, PyObject* args);

}  // namespace tidemark::python
