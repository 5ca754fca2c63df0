// Bytes -> lines. A progress bar is redrawn after a carriage return, so that ends a line as a
// newline does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tidemark {

inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;

/// `line` without ANSI escape sequences and NUL bytes (so that ASCII in UTF-16 can be read), in
/// `scratch`.
std::string_view without_escapes(std::string_view line, std::string& scratch);

/// Splits a stream at \r and \n. Lines are handed on without escapes and never empty; of a line
/// longer than 64 KiB the rest is passed over.
class LineSplitter {
 public:
  /// `on_line(std::string_view line, double unix_seconds)`: the latter is when the line's first
  /// byte came, because a bar's drawing is ended by the next one, which may be minutes later.
  template <class OnLine>
  void feed(std::string_view bytes, double unix_seconds, OnLine&& on_line) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    NextByte carriage_return{'\r', at, end}, newline{'\n', at, end}, escape{'\x1B', at, end},
        nul{'\0', at, end};
    while (at < end) {
      const char* const stop = std::min(carriage_return.from(at), newline.from(at));
      const std::string_view piece{at, static_cast<std::size_t>(stop - at)};
      if (stop == end) {
        keep(piece, unix_seconds);
        passed_ += piece.size();
        return;
      }
      if (pending_.empty() && !overlong_) {
        const bool plain = escape.from(at) >= stop && nul.from(at) >= stop;
        const std::string_view line = piece.substr(0, kMaxLineBytes);
        line_begins_ = passed_;
        hand_on(plain ? line : without_escapes(line, scratch_), unix_seconds, on_line);
      } else {
        keep(piece, unix_seconds);
        take_pending(on_line);
      }
      passed_ += piece.size() + 1;
      newlines_ += *stop == '\n' ? 1 : 0;
      at = stop + 1;
    }
  }

  /// Hands on the unfinished line, if there is one.
  template <class OnLine>
  void finish(OnLine&& on_line) {
    take_pending(on_line);
  }

  std::string_view pending() const { return pending_; }
  /// Of the line that is being handed on: where it begins in the stream, and the newlines before
  /// it.
  std::uint64_t line_begins() const { return line_begins_; }
  std::uint64_t newlines() const { return newlines_; }
  double pending_since() const { return pending_since_; }

 private:
  /// The next occurrence of one byte, looked for once and remembered until it is passed.
  class NextByte {
   public:
    NextByte(char byte, const char* begin, const char* end)
        : byte_(byte), end_(end), at_(find(begin)) {}
    const char* from(const char* position) {
      if (at_ < position) at_ = find(position);
      return at_;
    }

   private:
    const char* find(const char* begin) const {
      const auto* found = begin == end_
                              ? nullptr
                              : static_cast<const char*>(std::memchr(
                                    begin, byte_, static_cast<std::size_t>(end_ - begin)));
      return found == nullptr ? end_ : found;
    }
    char byte_;
    const char* end_;
    const char* at_;
  };

  template <class OnLine>
  static void hand_on(std::string_view line, double unix_seconds, OnLine&& on_line) {
    if (!line.empty()) on_line(line, unix_seconds);
  }

  template <class OnLine>
  void take_pending(OnLine&& on_line) {
    overlong_ = false;
    hand_on(without_escapes(pending_, scratch_), pending_since_, on_line);
    pending_.clear();
  }

  void keep(std::string_view piece, double unix_seconds) {
    if (pending_.empty()) {
      pending_since_ = unix_seconds;
      line_begins_ = passed_;
    }
    const std::size_t room = kMaxLineBytes - pending_.size();
    pending_.append(piece.substr(0, room));
    overlong_ = overlong_ || piece.size() > room;
  }

  std::string pending_{};  // an unfinished line, as it came
  double pending_since_ = 0;
  bool overlong_ = false;
  std::string scratch_{};
  std::uint64_t passed_ = 0;  // bytes whose line's place is known
  std::uint64_t line_begins_ = 0;
  std::uint64_t newlines_ = 0;
};

}  // namespace tidemark
