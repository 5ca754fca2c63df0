// The copy of the trainer's output that the launcher gives to its monitor. Never waits: while the
// monitor does not read (it was stopped, or the machine is starved) the newest bytes are kept, up
// to a bound, because the end of an output says how a run died; older ones are counted as dropped.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

class OutputTap {
 public:
  /// A tap and the monitor's end of its pipe.
  static Result<std::pair<OutputTap, UniqueFd>> open();
  OutputTap(OutputTap&& other) noexcept
      : pipe_(std::move(other.pipe_)), kept_(std::move(other.kept_)) {}

  /// From any thread.
  void put(std::span<const char> bytes);

  /// Hands over what is kept, waiting at most `wait` for the monitor to read, and closes the pipe.
  void close(std::chrono::milliseconds wait);

  std::uint64_t dropped_bytes() const { return dropped_bytes_; }

 private:
  explicit OutputTap(UniqueFd pipe) : pipe_(std::move(pipe)) {}
  void write_kept();
  void keep(std::span<const char> bytes);

  static constexpr std::size_t kMostKept = 256U << 10;
  std::mutex mutex_{};
  UniqueFd pipe_;
  std::string kept_{};
  std::uint64_t dropped_bytes_ = 0;
};

}  // namespace tidemark
