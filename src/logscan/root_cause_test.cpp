#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

const std::string kDuring =
    "\nDuring handling of the above exception, another exception occurred:\n\n";
const std::string kCause =
    "\nThe above exception was the direct cause of the following exception:\n\n";

TEST(RootCause, a_known_root_stands_for_its_chain) {
  const auto found =
      deciding(failed_with("OSError: [Errno 28] No space left on device") + kDuring +
               failed_with("AttributeError: 'NoneType' object has no attribute 'close'"));
  EXPECT_EQ(found.category, LogCategory::disk_full);
  EXPECT_EQ(found.exception, "OSError");
  ASSERT_EQ(found.chain.size(), 1u);
  EXPECT_EQ(found.chain[0], "AttributeError: 'NoneType' object has no attribute 'close'");
}

TEST(RootCause, what_only_rewords_the_root_gives_the_words) {
  const auto found = deciding(
      failed_with("urllib3.exceptions.NewConnectionError: Failed to establish a new connection: "
                  "[Errno -2] Name or service not known") +
      kDuring +
      failed_with("requests.exceptions.ConnectionError: Max retries exceeded with url: /"));
  EXPECT_EQ(found.category, LogCategory::network_error);
  EXPECT_EQ(found.exception, "ConnectionError");
}

TEST(RootCause, a_vague_root_gives_way_to_what_is_known) {
  EXPECT_EQ(category_of(failed_with("KeyError: 'text'") + kDuring +
                        failed_with("ModuleNotFoundError: No module named 'flash_attn'")),
            "dependency_error");
}

TEST(RootCause, a_failed_look_up_is_not_the_root) {
  const auto found = deciding(failed_with("KeyError: 'weight'") + kDuring +
                              failed_with("RuntimeError: no such parameter"));
  EXPECT_EQ(found.exception, "RuntimeError");
}

TEST(RootCause, a_worker_that_was_killed_explains_that_it_exited) {
  const auto summary = summary_of(
      failed_with("RuntimeError: DataLoader worker (pid 1285) is killed by signal: Killed. ") +
      kCause + failed_with("RuntimeError: DataLoader worker (pid(s) 1285) exited unexpectedly"));
  EXPECT_EQ(summary.primary, LogCategory::host_oom_kill);
  EXPECT_EQ(summary.worker_pid, 1285);
}

TEST(RootCause, a_launchers_summary_is_only_an_echo) {
  const auto found =
      deciding(failed_with("KeyError: 'lr'", "[rank1]: ") +
               "E1123 20:57:27.6 2606 torch/distributed/elastic/api.py:869] failed (exitcode: 1) "
               "local_rank: 1 (pid: 2630) of binary: /usr/bin/python\n" +
               failed_with("torch.distributed.elastic.multiprocessing.errors.ChildFailedError: "));
  EXPECT_EQ(found.exception, "KeyError");
}

TEST(RootCause, a_report_right_behind_an_unknown_exception_is_not_what_it_says) {
  const auto found = deciding(
      failed_with("ValueError: the set has no length") +
      "[2026-06-17 18:01:54,007] torch.distributed.elastic.multiprocessing.api: [ERROR] failed "
      "(exitcode: 1) local_rank: 0 (pid: 77) of binary: /usr/bin/python3\n");
  EXPECT_EQ(found.exception, "ValueError");
  EXPECT_EQ(found.message, "the set has no length");
}

TEST(RootCause, only_a_colon_promises_that_words_follow) {
  EXPECT_EQ(deciding(failed_with("KeyboardInterrupt") + "Loading the data\n").message,
            "KeyboardInterrupt");
  EXPECT_EQ(deciding(failed_with("KeyboardInterrupt: ") + "Loading the data\n").message,
            "KeyboardInterrupt");
  EXPECT_EQ(deciding(failed_with("RuntimeError: ") + "the words of it\n").message,
            "the words of it");
}

TEST(RootCause, a_kill_that_only_the_launcher_tells_explains_lost_peers) {
  EXPECT_EQ(category_of(failed_with("RuntimeError: [third_party/gloo/gloo/transport/tcp/"
                                    "pair.cc:598] Connection closed by peer [127.0.0.1]:9") +
                        "failed (exitcode: -9) local_rank: 0 (pid: 3) of binary: python\n"),
            "host_oom_kill");
}

TEST(RootCause, memory_wins_over_what_fell_over_behind_it) {
  EXPECT_EQ(category_of(failed_with("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate "
                                    "2.00 GiB.") +
                        failed_with("RuntimeError: CUDA error: unknown error") +
                        failed_with("KeyboardInterrupt")),
            "cuda_oom");
}

TEST(RootCause, an_interrupt_behind_a_lost_loss_is_not_the_cause) {
  EXPECT_EQ(category_of(bar(5, 100, "loss=nan") + "\n" + failed_with("KeyboardInterrupt")),
            "numerical");
}

TEST(RootCause, the_first_failure_of_the_last_cluster_decides) {
  std::string life;
  for (int i = 0; i < 60; ++i) life += "reading file " + std::to_string(i) + "\n";
  const auto found = deciding(failed_with("TypeError: optional part") + life +
                              failed_with("ValueError: first") + failed_with("IndexError: second"));
  EXPECT_EQ(found.exception, "ValueError");
}

TEST(RootCause, the_original_of_a_worker_is_found) {
  const auto found = deciding(
      failed_with("TypeError: Caught TypeError in DataLoader worker process 1.") + "Original " +
      failed_with("TypeError: default_collate: batch must contain tensors; found <class 'set'>"));
  EXPECT_EQ(found.category, LogCategory::data_error);
}

TEST(RootCause, the_printed_error_and_its_traceback_are_told_by_the_traceback) {
  const auto found = deciding(
      "Error running job: CUDA error: out of memory\nResult:\n - 0 completed jobs\n - 1 failure\n" +
      failed_with("torch.AcceleratorError: CUDA error: out of memory"));
  EXPECT_EQ(found.exception, "AcceleratorError");
  EXPECT_EQ(found.category, LogCategory::cuda_oom);
}

TEST(RootCause, a_save_that_was_given_up_is_survived) {
  EXPECT_EQ(category_of("PytorchStreamWriter failed writing file data/1: file write failed\n"
                        "Could not save optimizer\n"),
            "warning_only");
}

TEST(RootCause, a_look_up_in_a_config_is_a_config_error) {
  EXPECT_EQ(category_of(
                "Traceback (most recent call last):\n  File \"/w/train.py\", line 3, in <module>\n"
                "    rate = cfg['train']['lr']\nKeyError: 'lr'\n"),
            "config_error");
}

}  // namespace
}  // namespace tidemark
