#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "logscan/bar_run.h"
#include "logscan/classify.h"
#include "logscan/line_head.h"
#include "logscan/literal_set.h"
#include "logscan/log_reader_for_test.h"
#include "logscan/memory_figures.h"
#include "logscan/patterns/pattern.h"
#include "logscan/step_line.h"

namespace tidemark {
namespace {

TEST(MemoryFigures, every_generation_of_the_allocators_message_is_read) {
  const auto old = parse_memory_figures(
      "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 10.76 GiB total capacity; 9.50 GiB "
      "already allocated; 10.50 MiB free; 9.60 GiB reserved in total by PyTorch)");
  EXPECT_EQ(old.requested, mib(20));
  EXPECT_EQ(old.device_total, from_gib(10.76));
  EXPECT_EQ(old.allocated, from_gib(9.5));
  EXPECT_EQ(old.device_free, from_gib(10.5 / 1024));
  EXPECT_EQ(old.reserved, from_gib(9.6));
  const auto recent = parse_memory_figures(
      "CUDA out of memory. Tried to allocate 7.70 GiB. GPU 0 has a total capacity of 79.15 GiB of "
      "which 2.37 GiB is free. Process 1 has 14.25 GiB memory in use. 60.00 GiB allowed; Of the "
      "allocated memory 54.27 GiB is allocated by PyTorch, and 7.72 GiB is reserved by PyTorch but "
      "unallocated.");
  EXPECT_EQ(recent.requested, from_gib(7.7));
  EXPECT_EQ(recent.device_total, from_gib(79.15));
  EXPECT_EQ(recent.device_free, from_gib(2.37));
  EXPECT_EQ(recent.allocated, from_gib(54.27));
  EXPECT_EQ(recent.reserved, from_gib(7.72));
  EXPECT_EQ(parse_memory_figures("GPU 0 has a total capacty of 8.00 GiB of which 1.00 MiB is free")
                .device_total,
            gib(8));
}

TEST(MemoryFigures, other_allocators_are_read) {
  EXPECT_EQ(parse_memory_figures("you tried to allocate 36000000 bytes.").requested,
            Bytes{36'000'000});
  EXPECT_EQ(parse_memory_figures("Unable to allocate 256. MiB for an array").requested, mib(256));
  const auto mps = parse_memory_figures(
      "MPS backend out of memory (MPS allocated: 9.00 GB, other allocations: 1.30 MB, max allowed: "
      "9.07 GB). Tried to allocate 512 bytes on private pool.");
  EXPECT_EQ(mps.requested, Bytes{512});
  EXPECT_EQ(mps.allocated, gib(9));
  EXPECT_FALSE(mps.device_total);
  const auto line = parse_memory_figures(
      "memory allocation failed with OOM on device 0 while trying to allocate 1024 bytes (free: "
      "2048, total: 4096).");
  EXPECT_EQ(line.requested, Bytes{1024});
  EXPECT_EQ(line.device_free, Bytes{2048});
  EXPECT_EQ(line.device_total, Bytes{4096});
  EXPECT_EQ(parse_memory_figures("Failed to allocate 2048 bytes in function").requested,
            Bytes{2048});
  EXPECT_FALSE(parse_memory_figures("Failed to allocate 2 buffers").requested);
  EXPECT_EQ(parse_memory_figures("Out of memory allocating 4,096 bytes").requested, Bytes{4096});
}

TEST(MemoryFigures, absent_sizes_stay_absent) {
  const auto none = parse_memory_figures("CUDA error: out of memory");
  EXPECT_FALSE(none.requested || none.device_total || none.device_free);
  EXPECT_FALSE(parse_memory_figures("Tried to allocate ").requested);
  EXPECT_FALSE(parse_memory_figures("Tried to allocate 99999999999999999999 GiB").requested);
}

struct StepCase {
  const char* line;
  std::int64_t step;
  std::optional<std::int64_t> total;
};

TEST(StepLine, every_format_gives_the_step_and_its_total) {
  for (const StepCase& expected : std::initializer_list<StepCase>{
           {"step 100/2000 loss: 0.31", 100, 2000},
           {"[Step 99/100] Loss: 4.86 | Mem: 5.2", 99, 100},
           {" iteration       30/    1000 | consumed samples: 120 | lm loss: 2.6E+01 |", 30, 1000},
           {"Epoch: [0/100]  [  90/1562]  eta: 0:13:27  loss: 11.0", 90, 1562},
           {"===> Epoch[3](415/1736): Loss: 0.58", 415, 1736},
           {"Epoch: [3][415/1736]\tLoss 0.58", 415, 1736},
           {"[10/70][1530/2860] Loss_D: 0.1 Loss_G: 3.1", 1530, 2860},
           {"Epoch [1/5], Step [100/600], Loss: 0.21", 100, 600},
           {"Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.2", 640, 60000},
           {"[Rank 0] step=100, skipped=0, lr=[2e-05], mom=[(0.9, 0.999)]", 100, {}},
           {"epoch=0/micro_step=99/global_step=98, RunningAvgSamplesPerSec=1", 98, {}},
           {"iteration 200, epoch 1 : loss : 2.80, lr: 0.0008", 200, {}},
           {"iter 250: loss 2.31, time 100.12ms, mfu 31.00%", 250, {}},
           {"100/500 [=====>..............] - ETA: 1:00 - loss: 0.52", 100, 500},
           {"epoch 001:  100 / 1234 loss=3.2, ppl=9", 100, 1234},
           {"train acc: 0.26, dev acc: 0.3, loss: 0.4, global steps: 200", 200, {}},
           {"Iter(train) [ 100/40000]  lr: 1e-02  loss: 0.9", 100, 40000}}) {
    const auto step = parse_step_line(expected.line);
    ASSERT_TRUE(step) << expected.line;
    EXPECT_EQ(step->step, expected.step) << expected.line;
    EXPECT_EQ(step->total, expected.total) << expected.line;
  }
}

TEST(StepLine, other_counts_are_none) {
  for (const auto* line :
       {"Epoch 3/30", "Epoch[3](2.5 s): Loss 0.2", "[epoch:1/1200] [loss:0.23]",
        "Epoch [3/30] loss: 0.2", "Saving at step 500", "Validation: [ 10/100] loss: 0.3",
        "max_steps = 500", "125 iterations per epoch. 500 max iterations",
        "Found step 300 in metadata", "step 100", "num steps: 100 lr: 3", "loss at 12/31/2026",
        "Iter(val) [ 100/400]  loss: 1", "Test: [0/50] Loss 0.1", "2.5 it/s", ""})
    EXPECT_FALSE(parse_step_line(line)) << line;
}

TEST(LineHead, levels_of_the_usual_loggers_are_known) {
  for (const auto* line :
       {"2026-01-02 03:04:05,678 - WARNING - the text", "WARNING: the text", "[WARNING] the text",
        "12/21/2026 15:29:19 - WARNING - module.x -   the text", "wandb: WARNING the text",
        "W20261123 14:45:16.925882 13089 socket.cpp:426] the text", "[W socket.cpp:601] the text",
        "[2026-10-28 20:50:10,309] [WARNING] [logging.py:107:log] the text"})
    EXPECT_EQ(parse_line_head(line).severity, Severity::warning) << line;
  EXPECT_EQ(parse_line_head("W tensorflow/a.cc:12] x").severity, Severity::warning);
  EXPECT_EQ(parse_line_head("I tensorflow/a.cc:12] x").severity, Severity::info);
  for (const auto* line : {"[NeMo W 2026-01-02 03:04:05 mine:12] x", "[LightGBM] [Warning] x",
                           "[warning  ] x", "2026-01-02 03:04:05 [warning  ] x"})
    EXPECT_EQ(parse_line_head(line).severity, Severity::warning) << line;
  EXPECT_EQ(parse_line_head("[NeMo I 2026-01-02 03:04:05 mine:12] x").severity, Severity::info);
  for (const auto* line : {"log_level: WARNING", "level: ERROR ", "[Warnings] x", "[NeMo] x"})
    EXPECT_EQ(parse_line_head(line).severity, Severity::unsaid) << line;
  EXPECT_EQ(parse_line_head("W is the matrix of weights").severity, Severity::unsaid);
  EXPECT_EQ(parse_line_head("ERROR 07-29 21:48:54 [a.py:9] x").severity, Severity::error);
  EXPECT_EQ(parse_line_head("this is an ERROR of mine").severity, Severity::unsaid);
  EXPECT_EQ(parse_line_head("error_rate: 3").severity, Severity::unsaid);
}

TEST(LineHead, timestamps_give_seconds) {
  EXPECT_EQ(parse_timestamp("2026-01-02T03:04:05Z x", 0), 1767323045.0);
  EXPECT_EQ(parse_timestamp("[2026-01-02 03:04:05,500] x", 0), 1767323045.5);
  EXPECT_EQ(parse_timestamp("2026-01-02 05:04:05+02:00 x", 0), 1767323045.0);
  EXPECT_EQ(parse_timestamp("2026-01-02 05:04:05 x", 7200), 1767323045.0);
  EXPECT_EQ(parse_timestamp("01/02/2026 03:04:05 - INFO - x", 0), 1767323045.0);
  EXPECT_EQ(parse_timestamp("Fri Jan  2 03:04:05 2026", 0), 1767323045.0);
  EXPECT_FALSE(parse_timestamp("03:04:05 x", 0));
  EXPECT_FALSE(parse_timestamp("2026-13-42 03:04:05 x", 0));
  EXPECT_FALSE(parse_timestamp("step 3", 0));
}

TEST(LiteralSet, every_occurrence_is_found_in_one_pass) {
  constexpr std::array<std::string_view, 5> kWords{"out of memory", "out of", "memory", "mem",
                                                   "xyz"};
  const LiteralSet set{kWords};
  std::vector<std::pair<std::uint32_t, std::size_t>> found;
  set.for_each("an out of memory, mem", [&](std::uint32_t word, std::size_t at) {
    found.emplace_back(word, at);
    return true;
  });
  const std::vector<std::pair<std::uint32_t, std::size_t>> expected{
      {1, 3}, {0, 3}, {3, 10}, {2, 10}, {3, 18}};
  std::ranges::sort(found);
  auto sorted = expected;
  std::ranges::sort(sorted);
  EXPECT_EQ(found, sorted);
}

TEST(Patterns, each_has_words_that_can_be_found) {
  for (const auto& pattern : all_patterns()) {
    EXPECT_GE(pattern.words.size(), 4u) << pattern.words;
    EXPECT_FALSE(pattern.words.contains(pattern.unless) && !pattern.unless.empty())
        << pattern.words;
  }
}

TEST(BarRun, a_bar_that_goes_on_is_known_by_its_look) {
  BarRun run;
  run.begin("job:   1%|#  | 10/200 [00:10<01:00,  2.0s/it, loss=0.5]");
  EXPECT_TRUE(run.extends("job:  11%|##  | 22/200 [00:20<01:00,  2.0s/it, loss=0.4]"));
  EXPECT_EQ(run.pending(), "job:  11%|##  | 22/200 [00:20<01:00,  2.0s/it, loss=0.4]");
  EXPECT_FALSE(run.extends("job:  11%|##  | 21/200 [00:20<01:00,  2.0s/it, loss=0.4]"));
  EXPECT_FALSE(run.extends("job:  11%|##  | 23/201 [00:20<01:00,  2.0s/it, loss=0.4]"));
  EXPECT_FALSE(run.extends("job:  11%|##  | 23/200 [00:20<01:00,  2.0s/it, loss=nan]"));
  EXPECT_FALSE(run.extends("job:  11%|##  | 23/200 [00:20<01:00,  2.0s/it, loss=inf]"));
  EXPECT_FALSE(run.extends("job:  11%|##  | 23/200 [00:20<01:00,  2.0s/it, loss=1]Traceback"));
  EXPECT_FALSE(run.extends("jab:  11%|##  | 23/200 [00:20<01:00,  2.0s/it, loss=1]"));
  EXPECT_TRUE(run.extends("job:  11%|##  | 23/200 [00:20<01:00,  2.0s/it, mean=1]  "));
}

}  // namespace
}  // namespace tidemark
