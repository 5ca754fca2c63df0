#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

TEST(Traceback, the_users_deepest_frame_is_kept_with_the_last_ones) {
  const auto found = deciding(
      "Traceback (most recent call last):\n"
      "  File \"/w/train.py\", line 90, in <module>\n    main()\n"
      "  File \"/w/model.py\", line 12, in forward\n    return self.net(x)\n"
      "  File \"/usr/lib/python3.11/site-packages/torch/nn/a.py\", line 1, in f\n    g()\n"
      "  File \"/usr/lib/python3.11/site-packages/torch/nn/b.py\", line 2, in g\n    h()\n"
      "  File \"/usr/lib/python3.11/site-packages/torch/nn/c.py\", line 3, in h\n    raise\n"
      "ValueError: no\n");
  EXPECT_TRUE(
      found.traceback.starts_with("File \"/w/model.py\", line 12, in forward\n"
                                  "    return self.net(x)\n...\n"))
      << found.traceback;
  EXPECT_TRUE(found.traceback.contains("c.py\", line 3, in h"));
  EXPECT_FALSE(found.traceback.contains("train.py"));
}

TEST(Traceback, labels_of_ranks_keep_interleaved_tracebacks_apart) {
  const auto summary = summary_of(
      "[rank0]: Traceback (most recent call last):\n[rank1]: Traceback (most recent call last):\n"
      "[rank0]:   File \"/w/a.py\", line 1, in f\n[rank1]:   File \"/w/b.py\", line 1, in g\n"
      "[rank1]:     y()\n[rank0]:     x()\n[rank0]: KeyError: 'a'\n[rank1]: ValueError: b\n");
  ASSERT_EQ(summary.findings.size(), 2u);
  EXPECT_TRUE(summary.findings[0].traceback.contains("a.py"));
  EXPECT_FALSE(summary.findings[0].traceback.contains("b.py"));
  EXPECT_TRUE(summary.findings[1].traceback.contains("b.py"));
}

TEST(Traceback, names_that_two_ranks_wrote_at_once_are_one) {
  const auto found = deciding(
      "  File \"/w/a.py\", line 1, in f\n    x()\nValueErrorValueError: : no such bucketno such "
      "bucket\n");
  EXPECT_EQ(found.exception, "ValueError");
}

TEST(Traceback, prefixes_are_passed_over) {
  for (const auto* prefix :
       {"[rank0]: ", "[default1]:", "[1,0]<stderr>:", "3: ", "2026-07-29T09:31:11.1840479Z ",
        "(RayWorker pid=77, ip=10.0.0.1) ",
        "node7: ", "(Worker_TP0 pid=548) ERROR 07-29 21:48:54 [executor.py:962] "})
    EXPECT_EQ(deciding(failed_with("ZeroDivisionError: division by zero", prefix)).exception,
              "ZeroDivisionError")
        << prefix;
}

TEST(Traceback, notebooks_are_read) {
  const auto summary = summary_of(
      "---------------------------------------------------------------------------\n"
      "RuntimeError                              Traceback (most recent call last)\n"
      "<ipython-input-3-a1> in <cell line: 1>()\n----> 1 fit()\n\n"
      "/usr/lib/python3/dist-packages/torch/x.py in fit(self)\n     11     pass\n---> 12     "
      "go()\n\n"
      "RuntimeError: CUDA error: device-side assert triggered\n");
  EXPECT_EQ(summary.primary, LogCategory::cuda_error);
  EXPECT_TRUE(summary.has_traceback);
  EXPECT_EQ(summary.findings.at(0).exception, "RuntimeError");
}

TEST(Traceback, boxes_that_rich_draws_are_read) {
  const auto summary = summary_of(
      "╭──────── Traceback (most recent call last) ────────╮\n"
      "│ /w/train.py:12 in main                            │\n"
      "│ ❱ 12     run()                                    │\n"
      "╰───────────────────────────────────────────────────╯\n"
      "FileNotFoundError: [Errno 2] No such file or directory: 'a'\n");
  EXPECT_EQ(summary.primary, LogCategory::missing_file);
  EXPECT_TRUE(summary.has_traceback);
  EXPECT_TRUE(summary.findings.at(0).traceback.contains("train.py:12 in main"));
}

TEST(Traceback, a_syntax_error_has_no_frames) {
  const auto summary =
      summary_of("  File \"/w/a.py\", line 3\n    if x\n        ^\nSyntaxError: invalid syntax\n");
  EXPECT_EQ(summary.findings.at(0).exception, "SyntaxError");
  EXPECT_FALSE(summary.has_traceback);
}

TEST(Traceback, faulthandlers_frames_are_frames) {
  const auto summary = summary_of(
      "Fatal Python error: Segmentation fault\n\nCurrent thread 0x07 (most recent call first):\n"
      "  File \"/w/a.py\", line 3 in f\nSegmentation fault (core dumped)\n");
  EXPECT_EQ(summary.primary, LogCategory::other_error);
  EXPECT_TRUE(summary.has_traceback);
}

TEST(Traceback, a_message_goes_on_over_indented_lines) {
  const auto found =
      deciding(failed_with("RuntimeError: Error(s) in loading state_dict for Net:") +
               "\tsize mismatch for a.weight: copying a param with shape torch.Size([2])\nDone.\n");
  EXPECT_TRUE(found.message.contains("size mismatch for a.weight")) << found.message;
  EXPECT_FALSE(found.message.contains("Done"));
}

TEST(Traceback, a_traceback_without_an_end_is_something) {
  EXPECT_EQ(category_of("Traceback (most recent call last):\n  File \"/w/a.py\", line 1, in f\n"),
            "other_error");
}

TEST(Traceback, a_traceback_glued_to_a_bar_is_seen) {
  const auto summary = summary_of(bar(7) + failed_with("ValueError: x"));
  EXPECT_EQ(summary.findings.at(0).exception, "ValueError");
  EXPECT_EQ(summary.findings.at(0).first.step, 7);
  EXPECT_EQ(summary.findings.at(0).first.elapsed_seconds, 10);
}

}  // namespace
}  // namespace tidemark
