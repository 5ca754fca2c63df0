// Lines that differ in their numbers alone, known by their look, so that most need no reading.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// The look of a line that was read: its bytes, with a zero for every digit.
class LineShape {
 public:
  static constexpr std::size_t kShortest = 16;
  static constexpr std::size_t kLongest = 1024;

  LineShape() = default;
  /// `line`: between the shortest and the longest.
  explicit LineShape(std::string_view line);

  /// True where `line` differs in numbers alone. Behind the first eight bytes, which decide most
  /// often, their widths may differ too.
  bool fits(std::string_view line);

 private:
  std::string look_{};  // empty: fits nothing
};

/// The newest few shapes; programs print a handful of lines in turn.
template <class What>
class LineShapes {
 public:
  struct Known {
    LineShape shape{};
    What what{};
  };
  void add(std::string_view line, const What& what) {
    next_ = (next_ + 1) % known_.size();
    known_[next_] = {LineShape{line}, what};
  }
  /// What is known of lines like this; null: nothing.
  const What* find(std::string_view line) {
    if (line.size() < LineShape::kShortest || line.size() > LineShape::kLongest) return nullptr;
    if (known_[last_].shape.fits(line)) return &known_[last_].what;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (i == last_ || !known_[i].shape.fits(line)) continue;
      last_ = i;
      return &known_[i].what;
    }
    return nullptr;
  }

 private:
  std::array<Known, 6> known_{};
  std::size_t last_ = 0;
  std::size_t next_ = 0;
};

}  // namespace tidemark
