#include "_tidemark/step_call.h"

#include <cmath>

namespace tidemark::python {
namespace {

// In the order in which people write them, which is the order in which they are looked for.
constexpr std::array<const char*, StepCall::kValues + 1> kNames = {
    "loss",          "batch_size",        "gradient_norm",
    "learning_rate", "step_time_seconds", "data_wait_seconds",
    "step"};
constexpr std::array<std::uint32_t, StepCall::kValues> kFlags = {
    tidemark_has_loss,          tidemark_has_batch_size, tidemark_has_gradient_norm,
    tidemark_has_learning_rate, tidemark_has_step_time,  tidemark_has_data_wait};
constexpr std::size_t kBatchSize = 1;

std::array<PyObject*, StepCall::kValues + 1> g_names{};

/// kNames.size(): no such name.
std::size_t index_of_equal(PyObject* name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (PyUnicode_CompareWithASCIIString(name, kNames[i]) == 0) return i;
  return kNames.size();
}

std::size_t index_of(PyObject* name, std::size_t expected) noexcept {
  if (expected < g_names.size() && g_names[expected] == name) [[likely]]
    return expected;
  for (std::size_t i = 0; i < g_names.size(); ++i)
    if (g_names[i] == name) return i;
  return index_of_equal(name);
}

}  // namespace

std::uint32_t StepCall::flag_of(std::size_t index) noexcept {
  return index < kValues ? kFlags[index] : 0;
}

// Positional are the step and, for those who write it so, the loss.
void StepCall::parse(PyObject* const* args, Py_ssize_t positional,
                     PyObject* keyword_names) noexcept {
  if (positional > 0) take_or_keep(kStep, args[0]);
  if (positional > 1) take_or_keep(0, args[1]);
  if (positional > 2) refuse("more than two positional arguments");
  if (keyword_names == nullptr) return;
  std::size_t expected = 0;
  const Py_ssize_t count = PyTuple_GET_SIZE(keyword_names);
  for (Py_ssize_t i = 0; i < count; ++i) {
    const auto index = index_of(PyTuple_GET_ITEM(keyword_names, i), expected);
    if (index == kNames.size()) {
      refuse("a keyword that step() does not have");
      continue;
    }
    take_or_keep(index, args[positional + i]);
    expected = index + 1;
  }
}

void StepCall::take_or_keep(std::size_t index, PyObject* object) noexcept {
  if (take(index, object)) [[likely]]
    return;
  odd[index] = object;
  any_odd = true;
}

bool StepCall::take(std::size_t index, PyObject* object) noexcept {
  if (object == Py_None) return true;
  return index == kStep || index == kBatchSize ? take_integer(index, object)
                                               : take_double(index, object);
}

bool StepCall::take_double(std::size_t index, PyObject* object) noexcept {
  if (PyFloat_Check(object)) [[likely]] {  // numpy's float64 is one
    store(index, PyFloat_AS_DOUBLE(object));
    return true;
  }
  if (!PyLong_Check(object)) return false;
  const double value = PyLong_AsDouble(object);
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse("an integer beyond a float's range");
  } else {
    store(index, value);
  }
  return true;
}

bool StepCall::take_integer(std::size_t index, PyObject* object) noexcept {
  if (PyLong_Check(object)) [[likely]] {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0)
      refuse("an integer beyond 64 bits");
    else
      store_integer(index, value);
    return true;
  }
  if (!PyFloat_Check(object)) return false;
  const double value = PyFloat_AS_DOUBLE(object);
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::abs(value) <= kExact && value == std::floor(value))
    store_integer(index, static_cast<std::int64_t>(value));
  else
    refuse("a number with a fraction where a whole one belongs");
  return true;
}

void StepCall::store(std::size_t index, double value) noexcept {
  double* const fields[kValues] = {&values.loss,
                                   nullptr,
                                   &values.gradient_norm,
                                   &values.learning_rate,
                                   &values.step_time_seconds,
                                   &values.data_wait_seconds};
  *fields[index] = value;
  values.present |= kFlags[index];
}

void StepCall::store_integer(std::size_t index, std::int64_t value) noexcept {
  if (index == kStep) {
    values.step = value;
    has_step = true;
    return;
  }
  if (value < 0 || value > std::int64_t{0xffff'ffff}) return refuse("an impossible batch size");
  values.batch_size = value;
  values.present |= kFlags[kBatchSize];
}

void StepCall::refuse(const char* reason) noexcept {
  ++unusable;
  why = reason;
}

bool prepare_step_names() noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (g_names[i] == nullptr) g_names[i] = PyUnicode_InternFromString(kNames[i]);
    if (g_names[i] == nullptr) return false;
  }
  return true;
}

}  // namespace tidemark::python
