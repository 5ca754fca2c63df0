// Bytes of output per second, on the kinds of log that are long.
#include <benchmark/benchmark.h>

#include <string>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

constexpr std::size_t kBytes = std::size_t{16} << 20;

std::string repeated(const std::string& line) {
  std::string text;
  while (text.size() < kBytes) text += line;
  return text;
}

void read_all(benchmark::State& state, const std::string& text) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  for (auto _ : state) {
    OutputReader reader;
    for (std::size_t at = 0; at < text.size(); at += kPiece) {
      reader.feed(std::string_view{text}.substr(at, kPiece), 1e9);
      benchmark::DoNotOptimize(reader.take_steps());
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(text.size()));
}

void ordinary_lines(benchmark::State& state) {
  read_all(state, repeated("2026-08-21 10:00:00,123 - INFO - trainer - wrote 512 images of bucket "
                           "832x1216 to the cache\n"));
}
BENCHMARK(ordinary_lines);

void lines_without_a_date(benchmark::State& state) {
  read_all(
      state,
      repeated(
          "Bucket sizes for /data/set: 832x1216: 12 files, 1024x1024: 40 files, 3 buckets made\n"));
}
BENCHMARK(lines_without_a_date);

void training_bars(benchmark::State& state) {
  std::string text;
  for (int step = 0; text.size() < kBytes; ++step)
    text += "\rjob:  42%|####      | " + std::to_string(step) +
            "/99999999 [30:48<1:09:54,  3.02s/it, lr: 1.0e-04 loss: 3.214e-01]";
  read_all(state, text);
}
BENCHMARK(training_bars);

void other_bars(benchmark::State& state) {
  read_all(state,
           repeated("\rCaching latents to disk:  10%|#         | 3/31 [00:05<00:40,  1.50s/it]"));
}
BENCHMARK(other_bars);

}  // namespace
}  // namespace tidemark
