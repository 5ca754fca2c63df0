// A bounded number of rows that looks like all of them on a screen. Private to report.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tidemark {

/// A row's value in one series; absent: it has none.
template <class Row>
using SeriesOf = std::optional<double> (*)(const Row&);

/// Takes rows in order and keeps, of every bucket of as many rows, those that hold the minimum or
/// the maximum of a series; and the first and the last row. One pass, memory bounded by the points
/// asked for; buckets double when there are too many.
template <class Row>
class RowThinner {
 public:
  /// `series` outlives it.
  RowThinner(std::span<const SeriesOf<Row>> series, std::size_t most_points)
      : series_(series), most_points_(most_points) {}

  void add(Row row) {
    kept_.push_back({count_++, std::move(row)});
    if (kept_.size() > kSlack * most_points_ + 2 * series_.size()) fit();
  }

  std::vector<Row> finish() && {
    if (kept_.size() > most_points_) fit();
    std::vector<Row> rows;
    rows.reserve(kept_.size());
    for (auto& kept : kept_) rows.push_back(std::move(kept.row));
    return rows;
  }

 private:
  // Some slack before a pass over what is kept, so that each row is looked at a bounded number of
  // times.
  static constexpr std::size_t kSlack = 2;

  struct Kept {
    std::size_t index = 0;  // of the row in the run
    Row row{};
  };
  struct Extremes {
    std::optional<std::size_t> lowest{}, highest{};
    double low = 0, high = 0;
    void add(std::size_t position, double value) {
      if (!lowest || value < low) {
        lowest = position;
        low = value;
      }
      if (!highest || value > high) {
        highest = position;
        high = value;
      }
    }
  };

  // The newest rows are kept whole until there are too many; an open bucket that is thinned loses
  // nothing that a later row could have made its extreme.
  void fit() {
    thin();
    while (kept_.size() > most_points_ && bucket_size_ < count_) {
      bucket_size_ *= 2;
      thin();
    }
  }

  void thin() {
    std::vector<Kept> thinned;
    for (std::size_t begin = 0; begin < kept_.size();) {
      const std::size_t bucket = kept_[begin].index / bucket_size_;
      std::size_t end = begin;
      std::vector<Extremes> extremes(series_.size());
      for (; end < kept_.size() && kept_[end].index / bucket_size_ == bucket; ++end)
        for (std::size_t i = 0; i < series_.size(); ++i)
          if (const auto value = series_[i](kept_[end].row)) extremes[i].add(end, *value);
      std::vector<bool> keep(end - begin, false);
      for (const auto& extreme : extremes)
        for (const auto position : {extreme.lowest, extreme.highest})
          if (position) keep[*position - begin] = true;
      if (begin == 0) keep.front() = true;
      if (end == kept_.size()) keep.back() = true;
      for (std::size_t i = begin; i < end; ++i)
        if (keep[i - begin]) thinned.push_back(std::move(kept_[i]));
      begin = end;
    }
    kept_ = std::move(thinned);
  }

  std::span<const SeriesOf<Row>> series_;
  std::size_t most_points_;
  std::size_t bucket_size_ = 1;
  std::size_t count_ = 0;
  std::vector<Kept> kept_{};
};

}  // namespace tidemark
