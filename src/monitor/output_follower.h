// Brings the trainer's output to its readers: from the launcher's pipe, or from the file the
// trainer writes to. Reads what is there and never waits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/drops.h"
#include "monitor/monitor.h"
#include "os/unique_fd.h"

namespace tidemark {

/// A file is followed by its name, as `tail -F` does: where another one appears under the name
/// (moved away and made anew, or replaced), the rest of the old one is read first, and what is
/// still written to it is too, as long as the new one is not replaced itself; a file that got
/// shorter is read from its start; a file that is not there yet is waited for. One that is
/// truncated and rewritten beyond what was read of it, between two looks, cannot be told from one
/// that grew.
class OutputFollower {
 public:
  /// A piece of the stream, in its order. `new_file`: it does not go on where the last one ended.
  struct Piece {
    std::string_view bytes{};
    bool new_file = false;
  };
  using Use = std::function<void(const Piece&)>;

  explicit OutputFollower(const OutputSource& source);
  OutputFollower(const OutputFollower&) = delete;
  OutputFollower& operator=(const OutputFollower&) = delete;

  /// For poll(2): readable when the pipe has output; -1 for a file, which is looked at on each
  /// tick.
  int poll_fd() const { return pipe_open_ ? pipe_.get() : -1; }

  /// Hands on what waits, at most `kMostPerCall`. True: there is more.
  bool read_available(const Use& use);

  /// Hands on what was in the file before it is followed, from `begin` on, and says when it was
  /// written last. Call it first, if at all. Absent: nothing was there.
  std::optional<double> read_earlier(std::int64_t begin, const Use& use);

  /// True when any output could be read at all.
  bool has_source() const { return pipe_open_ || now_.file || saw_output_; }

 private:
  static constexpr std::size_t kMostPerCall = 4U << 20;
  struct Opened {
    UniqueFd file{};
    std::int64_t offset = 0;
  };
  std::size_t read_pipe(const Use& use);
  std::size_t read_file(Opened& from, std::size_t most, const Use& use);
  bool look_for_another();

  UniqueFd pipe_;
  bool pipe_open_ = false;
  bool saw_output_ = false;
  std::string path_;
  Opened now_{};
  Opened before_{};  // the file that had the name before
  const Opened* last_read_ = nullptr;
  bool new_file_ = false;
};

}  // namespace tidemark
