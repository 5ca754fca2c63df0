// A bounded number of samples that looks like all of them on a screen. Private to report.
#pragma once

#include <cstddef>
#include <vector>

#include "telemetry/sample_row.h"

namespace tidemark {

/// Takes samples in order and keeps, of every bucket of as many samples, those that hold the
/// minimum or the maximum of a series that matters; and the first and the last sample. One pass,
/// memory bounded by the points asked for; buckets double when there are too many.
class TimelineThinner {
 public:
  explicit TimelineThinner(std::size_t most_points) : most_points_(most_points) {}
  void add(const SampleRow& sample);
  std::vector<SampleRow> finish() &&;

 private:
  struct Kept {
    std::size_t index = 0;  // of the sample in the run
    SampleRow row{};
  };
  void fit();
  void thin();

  std::size_t most_points_;
  std::size_t bucket_size_ = 1;
  std::size_t count_ = 0;
  std::vector<Kept> kept_{};
};

}  // namespace tidemark
