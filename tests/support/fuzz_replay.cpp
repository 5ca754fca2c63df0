// A main for a fuzzer that is not built with libFuzzer: runs each file of the corpus folders named
// on the command line once, then a few thousand seeded mutations of them, so that a fuzzer's entry
// point is exercised by every test run.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

std::vector<Input> read_corpus(const std::filesystem::path& folder) {
  std::vector<Input> inputs;
  if (!std::filesystem::is_directory(folder)) return inputs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file{entry.path(), std::ios::binary};
    inputs.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  }
  return inputs;
}

Input mutate(Input input, std::mt19937& random) {
  const auto below = [&random](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound}(random);
  };
  for (std::size_t edits = below(8); edits > 0 && !input.empty(); --edits) {
    const auto at = static_cast<std::ptrdiff_t>(below(input.size() - 1));
    switch (below(2)) {
      case 0:
        input[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(below(255));
        break;
      case 1:
        input.erase(input.begin() + at);
        break;
      default:
        input.insert(input.begin() + at, static_cast<std::uint8_t>(below(255)));
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Input> inputs{{}};
  for (int i = 1; i < argc; ++i)
    for (auto& input : read_corpus(argv[i])) inputs.push_back(std::move(input));
  for (const auto& input : inputs) LLVMFuzzerTestOneInput(input.data(), input.size());
  std::mt19937 random{20260101};
  constexpr int kMutations = 3000;
  for (int round = 0; round < kMutations; ++round) {
    const auto input = mutate(inputs[static_cast<std::size_t>(round) % inputs.size()], random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu inputs, %d mutations\n", inputs.size(), kMutations);
  return 0;
}
