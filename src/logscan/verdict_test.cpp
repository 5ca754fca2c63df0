#include <gtest/gtest.h>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

OutputVerdict verdict_of(const std::string& text) {
  LogReader reader;
  reader.feed(text, 1);
  return reader.verdict();
}

SeenException exception_in(const std::string& text) {
  const auto verdict = verdict_of(text);
  EXPECT_TRUE(verdict.exception) << text;
  return verdict.exception.value_or(SeenException{});
}

std::string traceback(const std::string& last_line, const std::string& prefix = "") {
  return prefix + "Traceback (most recent call last):\n" + prefix +
         "  File \"train.py\", line 3, in <module>\n" + prefix + "    main()\n" + prefix +
         "    ^^^^^^\n" + prefix + last_line + "\n";
}

std::string bar(int position) {
  return "\rsteps:  1%|#   | " + std::to_string(position) + "/99 [00:01<00:01, 1.0s/it, loss=0.5]";
}

TEST(Verdict, output_without_an_exception_has_none) {
  const auto verdict =
      verdict_of("Running 1 job\nerror: 3 files\nINFO: MemoryError is not here\nDone\n");
  EXPECT_FALSE(verdict.exception);
  EXPECT_FALSE(verdict.keyboard_interrupt);
  EXPECT_FALSE(verdict.client_stop);
}

TEST(Verdict, the_last_line_of_the_traceback_is_the_exception) {
  const auto seen = exception_in(traceback("ValueError: bad size: 3"));
  EXPECT_EQ(seen.type, "ValueError");
  EXPECT_EQ(seen.message, "bad size: 3");
  EXPECT_FALSE(seen.out_of_memory);
}

TEST(Verdict, an_exception_without_message_and_without_newline_counts) {
  auto text = traceback("MemoryError");
  text.pop_back();
  const auto seen = exception_in(text);
  EXPECT_EQ(seen.type, "MemoryError");
  EXPECT_EQ(seen.message, "");
  EXPECT_TRUE(seen.out_of_memory);
}

TEST(Verdict, a_class_of_any_name_is_believed_in_its_place) {
  EXPECT_EQ(exception_in(traceback("mypkg.core.Outer.<locals>.Oops: x")).type,
            "mypkg.core.Outer.<locals>.Oops");
  EXPECT_EQ(exception_in(traceback("socket.timeout: timed out")).type, "socket.timeout");
  EXPECT_EQ(exception_in(traceback("torch._C._LinAlgError: singular")).type,
            "torch._C._LinAlgError");
  EXPECT_EQ(exception_in(traceback("queue.Empty")).type, "queue.Empty");
}

TEST(Verdict, failed_allocations_of_every_library_are_known) {
  for (const auto* line :
       {"MemoryError", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.",
        "torch.cuda.OutOfMemoryError: CUDA out of memory.",
        "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB",
        "RuntimeError: CUDA error: out of memory", "torch.OutOfMemoryError: HIP out of memory.",
        "torch.OutOfMemoryError: XPU out of memory.",
        "RuntimeError: MPS backend out of memory (MPS allocated: 9 GB)",
        "RuntimeError: [enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't "
        "allocate memory",
        "RuntimeError: DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.",
        "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 256. MiB for an array",
        "OSError: [Errno 12] Cannot allocate memory",
        "RuntimeError: UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "RuntimeError: unable to open shared memory object </torch_12_34> in read-write mode: "
        "Cannot allocate memory",
        "RuntimeError: unable to write to file </torch_12_34>: No space left on device (28)",
        "RuntimeError: DataLoader worker (pid 7) is killed by signal: Bus error. It is possible "
        "that dataloader's workers "
        "are out of shared memory.",
        "RuntimeError: OOM during training step 3 times in a row, aborting training"})
    EXPECT_TRUE(exception_in(traceback(line)).out_of_memory) << line;
}

TEST(Verdict, other_failures_are_no_memory_errors) {
  for (const auto* line :
       {"RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed.",
        "OSError: [Errno 28] No space left on device",
        "RuntimeError: unable to open shared memory object </torch_1> in read-write mode: Too many "
        "open files (24)",
        "KeyError: 'memory'", "RuntimeError: CUDA error: device-side assert triggered"})
    EXPECT_FALSE(exception_in(traceback(line)).out_of_memory) << line;
}

TEST(Verdict, a_killed_worker_keeps_its_message) {
  const auto seen = exception_in(
      traceback("RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed."));
  EXPECT_EQ(seen.message, "DataLoader worker (pid 7) is killed by signal: Killed.");
}

TEST(Verdict, of_a_chain_the_last_counts_unless_the_root_was_memory) {
  const std::string during =
      "\nDuring handling of the above exception, another exception occurred:\n\n";
  const std::string cause =
      "\nThe above exception was the direct cause of the following exception:\n\n";
  EXPECT_EQ(exception_in(traceback("KeyError: 'a'") + during + traceback("ValueError: b")).type,
            "ValueError");
  const auto seen = exception_in(traceback("torch.OutOfMemoryError: CUDA out of memory.") + cause +
                                 traceback("TrainerError: step failed"));
  EXPECT_EQ(seen.type, "torch.OutOfMemoryError");
  EXPECT_TRUE(seen.out_of_memory);
  EXPECT_TRUE(
      exception_in(traceback("KeyError: 'a'") + during + traceback("MemoryError")).out_of_memory);
}

TEST(Verdict, an_exception_carried_over_from_a_worker_is_found) {
  const auto seen =
      exception_in(traceback("MemoryError: Caught MemoryError in DataLoader worker process 0.") +
                   "Original " + traceback("MemoryError"));
  EXPECT_TRUE(seen.out_of_memory);
}

TEST(Verdict, prefixes_of_ranks_and_collectors_are_passed_over) {
  for (const auto* prefix :
       {"[rank0]: ", "[default1]:", "[1,0]<stderr>:", "3: ", "2026-07-29T09:31:11.1840479Z ",
        "[2026-07-29 09:31:11,184] ", "(RayWorker pid=77, ip=10.0.0.1) ", "node7 | ",
        "2026-07-29 09:31:11 [rank1]: "}) {
    const auto seen =
        exception_in(traceback("torch.OutOfMemoryError: CUDA out of memory.", prefix));
    EXPECT_EQ(seen.type, "torch.OutOfMemoryError") << prefix;
  }
}

TEST(Verdict, tracebacks_of_two_ranks_may_interleave) {
  const auto seen = exception_in(
      "[rank0]: Traceback (most recent call last):\n[rank1]: Traceback (most recent call last):\n"
      "[rank0]:   File \"a.py\", line 1, in f\n[rank1]:   File \"a.py\", line 1, in f\n"
      "[rank0]: torch.OutOfMemoryError: CUDA out of memory.\n[rank1]: ValueError: peer\n");
  EXPECT_EQ(seen.type, "torch.OutOfMemoryError");
}

TEST(Verdict, what_only_echoes_the_end_does_not_hide_its_cause) {
  const auto seen = exception_in(
      traceback("ValueError: bad") +
      traceback("torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ") +
      traceback("subprocess.CalledProcessError: Command 'x' returned non-zero exit status 1."));
  EXPECT_EQ(seen.type, "ValueError");
  EXPECT_EQ(exception_in(traceback("torch.distributed.DistBackendError: NCCL error")).type,
            "torch.distributed.DistBackendError");
}

TEST(Verdict, a_traceback_glued_to_the_bar_is_seen) {
  EXPECT_EQ(exception_in(bar(3) + traceback("ValueError: x")).type, "ValueError");
}

TEST(Verdict, what_training_went_on_after_did_not_end_it) {
  EXPECT_FALSE(
      verdict_of(bar(1) + "\n" + traceback("ValueError: x") + bar(2) + bar(3) + "\n").exception);
  EXPECT_FALSE(verdict_of(bar(1) + "\nJob stopped\n" + bar(2) + bar(3) + "\n").client_stop);
}

TEST(Verdict, a_bar_that_is_drawn_once_more_while_it_closes_proves_nothing) {
  EXPECT_TRUE(
      verdict_of(bar(5) + "\n" + traceback("MemoryError") + bar(5) + bar(6) + "\n").exception);
}

TEST(Verdict, a_cpp_exception_that_nobody_caught_is_seen) {
  const auto seen = exception_in(
      "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n"
      "Fatal Python error: Aborted\n");
  EXPECT_EQ(seen.type, "std::bad_alloc");
  EXPECT_EQ(seen.message, "std::bad_alloc");
  EXPECT_TRUE(seen.out_of_memory);
  const auto other = exception_in(
      "terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: out of "
      "memory\n");
  EXPECT_TRUE(other.out_of_memory);
  EXPECT_EQ(exception_in("terminate called after throwing an instance of 'int'\nAborted\n").message,
            "");
}

TEST(Verdict, a_message_on_the_line_below_is_taken) {
  EXPECT_EQ(
      exception_in(traceback("RuntimeError: ") + "  CUDA error: out of memory\n").out_of_memory,
      true);
  EXPECT_EQ(exception_in(traceback("KeyError") + "wandb: synced\n").message, "");
}

TEST(Verdict, an_interrupt_by_keyboard_is_no_exception) {
  const auto verdict = verdict_of(bar(4) + "^C" + traceback("KeyboardInterrupt"));
  EXPECT_TRUE(verdict.keyboard_interrupt);
  EXPECT_FALSE(verdict.exception);
}

TEST(Verdict, what_falls_over_after_or_around_an_interrupt_did_not_end_it) {
  const std::string during =
      "\nDuring handling of the above exception, another exception occurred:\n\n";
  EXPECT_FALSE(
      verdict_of(traceback("KeyboardInterrupt") + during + traceback("RuntimeError: worker exited"))
          .exception);
  EXPECT_FALSE(
      verdict_of(traceback("queue.Empty") + during + traceback("KeyboardInterrupt")).exception);
  const auto hung = verdict_of(traceback("torch.OutOfMemoryError: CUDA out of memory.") +
                               traceback("KeyboardInterrupt"));
  EXPECT_TRUE(hung.keyboard_interrupt);
  EXPECT_TRUE(hung.exception);
}

TEST(Verdict, ai_toolkits_own_stop_is_no_exception) {
  for (const std::string& text :
       {traceback("Exception: Job stopped"), traceback("Exception: Job returning to queue"),
        std::string{"========================================\nJob "
                    "stopped\n========================================\n"}}) {
    const auto verdict = verdict_of(text);
    EXPECT_TRUE(verdict.client_stop) << text;
    EXPECT_FALSE(verdict.exception) << text;
  }
}

TEST(Verdict, ai_toolkits_line_after_the_end_tells_code_or_signal) {
  const auto killed = verdict_of("step 3\nJob process terminated with signal SIGKILL.\n");
  ASSERT_TRUE(killed.client_end);
  EXPECT_EQ(killed.client_end->signal, "SIGKILL");
  EXPECT_EQ(killed.client_end->code, std::nullopt);
  const auto failed = verdict_of("Job process terminated with exit code 3.\n");
  ASSERT_TRUE(failed.client_end);
  EXPECT_EQ(failed.client_end->code, 3);
  EXPECT_FALSE(verdict_of("Job process terminated with exit code three.\n").client_end);
  EXPECT_FALSE(verdict_of("a prompt: Job process terminated with exit code 3.\n").client_end);
}

TEST(Verdict, a_dumped_config_with_frightening_prompts_says_nothing) {
  const auto verdict = verdict_of(
      "Running 1 job\n{\n    \"prompts\": [\n        \"Traceback (most recent call last):\",\n"
      "        \"RuntimeError: CUDA out of memory\",\n        \"Job stopped\",\n        "
      "\"MemoryError\"\n    ]\n}\n");
  EXPECT_FALSE(verdict.exception);
  EXPECT_FALSE(verdict.client_stop);
}

TEST(Verdict, a_caught_and_skipped_batch_is_no_end) {
  EXPECT_FALSE(verdict_of("\n################################################\n# OOM during "
                          "training step, skipping "
                          "batch 1/3 #\n################################################\n\n")
                   .exception);
}

TEST(Verdict, exceptions_that_python_ignores_are_ignored) {
  EXPECT_FALSE(verdict_of("Exception ignored in: <function f at 0x7f>\n" + traceback("OSError: x"))
                   .exception);
  EXPECT_FALSE(verdict_of("--- Logging error ---\n" + traceback("ValueError: x")).exception);
  EXPECT_TRUE(verdict_of("Exception ignored in: <x>\nmore\n" + traceback("OSError: x")).exception);
}

TEST(Verdict, a_traceback_whose_header_was_lost_is_still_one) {
  EXPECT_EQ(exception_in("  File \"a.py\", line 1, in f\n    g()\nValueError: x\n").type,
            "ValueError");
}

TEST(Verdict, secrets_in_messages_are_masked_before_they_are_cut) {
  const auto seen =
      exception_in(traceback("HTTPError: 401 for https://u:pw@host/x?token=abc " +
                             std::string(440, 'x') + " hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"));
  EXPECT_EQ(seen.message.find("pw@"), std::string::npos);
  EXPECT_EQ(seen.message.find("abc"), std::string::npos);
  EXPECT_EQ(seen.message.find("hf_Ab"), std::string::npos);
}

TEST(Verdict, messages_are_short_and_valid) {
  const auto seen = exception_in(traceback("ValueError: \xFF\xFE" + std::string(10'000, 'x')));
  EXPECT_EQ(seen.message.size(), 500u);
  EXPECT_TRUE(seen.message.starts_with("\xEF\xBF\xBD\xEF\xBF\xBD"));
  EXPECT_TRUE(seen.message.ends_with("..."));
}

}  // namespace
}  // namespace tidemark
