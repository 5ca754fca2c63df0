#include "logscan/exception_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/secrets.h"
#include "core/utf8.h"

namespace tidemark {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_identifier(char c) {
  return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '_';
}

template <class Table>
bool contains_any(std::string_view text, const Table& table) {
  return std::ranges::any_of(table,
                             [text](std::string_view words) { return text.contains(words); });
}

constexpr std::array<std::string_view, 13> kExceptionEndings{
    "Error", "Exception", "Interrupt", "Exit", "Iteration", "Timeout", "Failure",
    "Abort", "Fault",     "Empty",     "Full", "error",     "timeout"};

// From the sources of PyTorch (c10's allocators, the data loader's workers), numpy, libstdc++,
// TensorFlow, Rust's allocator and ai-toolkit. "Cannot allocate memory" is strerror(ENOMEM).
constexpr std::array<std::string_view, 33> kOutOfMemory{
    "CUDA out of memory",
    "HIP out of memory",
    "XPU out of memory",
    "MPS backend out of memory",
    "CUDA error: out of memory",
    "HIP error: out of memory",
    "CUDA: out of memory",
    "cudaErrorMemoryAllocation",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "hipErrorOutOfMemory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "HIPBLAS_STATUS_ALLOC_FAILED",
    "CUFFT_ALLOC_FAILED",
    "UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY",
    "UR_RESULT_ERROR_OUT_OF_HOST_MEMORY",
    "PI_ERROR_OUT_OF_RESOURCES",
    "kIOGPUCommandBufferCallbackErrorOutOfMemory",
    "NVML_SUCCESS == r INTERNAL ASSERT FAILED",
    "memory allocation failed with OOM",
    "OOM when allocating tensor",
    "OOM during training step",
    "RESOURCE_EXHAUSTED: Out of memory",
    "DefaultCPUAllocator: can't allocate memory",
    "DefaultCPUAllocator: not enough memory",
    "[enforce fail at alloc_cpu.cpp",
    "Cannot allocate memory",
    "std::bad_alloc",
    "unable to open shared memory",
    "unable to allocate shared memory",
    "insufficient shared memory (shm)",
    "is killed by signal: Bus error",
    "Unexpected bus error encountered in worker",
};
constexpr std::array<std::string_view, 5> kOutOfMemoryTypes{
    "MemoryError", "_ArrayMemoryError", "OutOfMemoryError", "bad_alloc", "OutOfMemory"};
constexpr std::array<std::string_view, 11> kEchoTypes{"ChildFailedError",
                                                      "CalledProcessError",
                                                      "ProcessRaisedException",
                                                      "ProcessExitedException",
                                                      "DistBackendError",
                                                      "DistStoreError",
                                                      "SystemExit",
                                                      "BrokenPipeError",
                                                      "ConnectionResetError",
                                                      "BrokenProcessPool",
                                                      "TimeoutExpired"};
constexpr std::array<std::string_view, 4> kEchoWords{
    "Connection closed by peer", "Connection reset by peer", "NCCL communicator was aborted",
    "Broken pipe"};

std::string_view last_component(std::string_view type) {
  if (const auto colons = type.rfind("::"); colons != std::string_view::npos)
    return type.substr(colons + 2);
  const auto dot = type.rfind('.');
  return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

bool is_known_exception(std::string_view type) {
  const std::string_view name = last_component(type);
  return std::ranges::any_of(kExceptionEndings,
                             [name](std::string_view end) { return name.ends_with(end); }) &&
         (is_upper(name[0]) || name[0] == '_' || name.size() < type.size());
}

/// A class name: "Foo" but not "INFO" or "foo".
bool may_be_exception(std::string_view type) {
  std::string_view name = last_component(type);
  while (name.starts_with('_')) name.remove_prefix(1);
  return !name.empty() && is_upper(name[0]) && std::ranges::any_of(name, is_lower);
}

/// Length of the dotted identifier at the front of `line`.
std::size_t dotted_name_length(std::string_view line) {
  constexpr std::size_t kLongest = 200;
  std::size_t length = 0;
  while (length < line.size() && length < kLongest &&
         (is_identifier(line[length]) || line[length] == '.' ||
          (line[length] == '<' && line.substr(length).starts_with("<locals>.")))) {
    length += line[length] == '<' ? std::string_view{"<locals>."}.size() : 1;
  }
  return length;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<RaisedLine> parse_raised_line(std::string_view line, bool sure) {
  if (line.empty() || !(is_upper(line[0]) || is_lower(line[0]) || line[0] == '_'))
    return std::nullopt;
  const std::size_t length = dotted_name_length(line);
  const std::string_view type = line.substr(0, length);
  if (type.ends_with('.')) return std::nullopt;
  const std::string_view rest = line.substr(length);
  if (!trimmed(rest).empty() && !rest.starts_with(": ") && rest != ":") return std::nullopt;
  if (!is_known_exception(type) && !(sure && may_be_exception(type))) return std::nullopt;
  const bool colon = rest.starts_with(':');
  const std::string_view message = colon ? trimmed(rest.substr(1)) : std::string_view{};
  return RaisedLine{type, message, colon && message.empty()};
}

bool is_out_of_memory(std::string_view type, std::string_view message) {
  const std::string_view name = last_component(type);
  if (std::ranges::find(kOutOfMemoryTypes, name) != kOutOfMemoryTypes.end()) return true;
  // Descriptors, not memory: the data loader's shared files are many.
  if (message.contains("Too many open files")) return false;
  if (contains_any(message, kOutOfMemory)) return true;
  const bool shared = message.contains("/torch_") || message.contains("/dev/shm");
  return shared && (message.contains("unable to write to file") ||
                    message.contains("No space left on device"));
}

bool is_echo(std::string_view type, std::string_view message) {
  const std::string_view name = last_component(type);
  return std::ranges::find(kEchoTypes, name) != kEchoTypes.end() ||
         contains_any(message, kEchoWords);
}

std::optional<ClientEnd> parse_client_end(std::string_view line) {
  constexpr std::string_view kCode = "Job process terminated with exit code ";
  constexpr std::string_view kSignal = "Job process terminated with signal ";
  while (line.ends_with(' ') || line.ends_with('.')) line.remove_suffix(1);
  if (line.starts_with(kSignal)) {
    const auto name = line.substr(kSignal.size());
    constexpr std::size_t kMostName = 16;
    if (!name.starts_with("SIG") || name.size() > kMostName) return std::nullopt;
    return ClientEnd{.signal = std::string{name}};
  }
  if (!line.starts_with(kCode)) return std::nullopt;
  const auto digits = line.substr(kCode.size());
  std::int32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return ClientEnd{.code = code};
}

bool is_client_stop(std::string_view message) {
  const std::string_view text = trimmed(message);
  return text == "Job stopped" || text == "Job returning to queue";
}

SeenException seen_exception(std::string_view type, std::string_view message) {
  constexpr std::size_t kMaxTypeBytes = 120, kMaxMessageBytes = 500;
  SeenException seen;
  seen.out_of_memory = is_out_of_memory(type, message);
  seen.type = to_valid_utf8(type, kMaxTypeBytes);
  // Masked before it is cut, so that no half of a token stays; four times as much is enough for
  // that.
  seen.message =
      to_valid_utf8(mask_secrets(message.substr(0, 4 * kMaxMessageBytes)), kMaxMessageBytes);
  return seen;
}

}  // namespace tidemark
