// The arguments of one `run.step(...)`, taken from CPython's calling convention without a
// dictionary: keyword names are interned, so that comparing pointers nearly always decides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "_tidemark/python.h"
#include "tidemark/journal_abi.h"

namespace tidemark::python {

struct StepCall {
  tidemark_step_values values{};
  bool has_step = false;
  /// Borrowed objects that are neither float nor int, by kValueNames' index; the step's is last.
  static constexpr std::size_t kValues = 6;
  std::array<PyObject*, kValues + 1> odd{};
  bool any_odd = false;
  /// What could not be used: how often, and the last of them for a message.
  std::uint32_t unusable = 0;
  const char* why = nullptr;

  /// Never fails and sets no error.
  void parse(PyObject* const* args, Py_ssize_t positional, PyObject* keyword_names) noexcept;
  /// Takes a value that is a float or an int (None: nothing). False: it is neither.
  bool take(std::size_t index, PyObject* object) noexcept;
  static constexpr std::size_t kStep = kValues;
  /// tidemark_has_* of a value.
  static std::uint32_t flag_of(std::size_t index) noexcept;

 private:
  void take_or_keep(std::size_t index, PyObject* object) noexcept;
  bool take_double(std::size_t index, PyObject* object) noexcept;
  bool take_integer(std::size_t index, PyObject* object) noexcept;
  void store(std::size_t index, double value) noexcept;
  void store_integer(std::size_t index, std::int64_t value) noexcept;
  void refuse(const char* reason) noexcept;
};

/// Interns the keyword names; once, when the module is made. False: an error is set.
bool prepare_step_names() noexcept;

}  // namespace tidemark::python
