#include "report/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

SampleRow sample_at(double at, Bytes used) {
  SampleRow row;
  row.unix_seconds = at;
  row.used = used;
  return row;
}

std::vector<SampleRow> thin(const std::vector<SampleRow>& samples, std::size_t points) {
  TimelineThinner thinner{points};
  for (const auto& sample : samples) thinner.add(sample);
  return std::move(thinner).finish();
}

bool has(const std::vector<SampleRow>& rows, double at) {
  return std::ranges::any_of(rows, [at](const SampleRow& row) { return row.unix_seconds == at; });
}

TEST(Timeline, few_samples_are_all_kept) {
  std::vector<SampleRow> samples;
  for (int i = 0; i < 100; ++i) samples.push_back(sample_at(i, mib(i)));
  EXPECT_EQ(thin(samples, 100).size(), 100U);
}

TEST(Timeline, a_day_of_samples_keeps_each_series_peaks_and_both_ends) {
  std::vector<SampleRow> samples;
  for (int i = 0; i < 17'280; ++i) {
    auto sample = sample_at(i, mib(4000 + (i * 7919) % 13));
    sample.main_process = mib(2000 + (i * 104'729) % 17);
    sample.worker = mib(1000 + (i * 31) % 7);
    samples.push_back(sample);
  }
  samples[5003].used = gib(60);
  samples[9001].used = mib(1);
  samples[12'345].main_process = gib(50);
  samples[17'001].worker = gib(40);
  const auto rows = thin(samples, 1000);
  EXPECT_LE(rows.size(), 1000U);
  EXPECT_GE(rows.size(), 200U);
  for (const double at : {0.0, 5003.0, 9001.0, 12'345.0, 17'001.0, 17'279.0})
    EXPECT_TRUE(has(rows, at)) << at;
  EXPECT_TRUE(std::ranges::is_sorted(rows, {}, &SampleRow::unix_seconds));
}

TEST(Timeline, every_stretch_of_the_run_is_shown) {
  std::vector<SampleRow> samples;
  for (int i = 0; i < 10'000; ++i) samples.push_back(sample_at(i, mib(100 + i % 3)));
  const auto rows = thin(samples, 200);
  double widest = 0;
  for (std::size_t i = 1; i < rows.size(); ++i)
    widest = std::max(widest, rows[i].unix_seconds - rows[i - 1].unix_seconds);
  EXPECT_LT(widest, 600);
}

TEST(Timeline, one_point_is_still_an_answer) {
  std::vector<SampleRow> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back(sample_at(i, mib((i * 37) % 101)));
  const auto rows = thin(samples, 1);
  EXPECT_GE(rows.size(), 2U);
  EXPECT_LE(rows.size(), 20U);
}

TEST(Timeline, samples_without_a_time_are_passed_over) {
  EXPECT_TRUE(thin({sample_at(std::nan(""), mib(1))}, 10).empty());
}

}  // namespace
}  // namespace tidemark
