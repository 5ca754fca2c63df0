#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {
namespace {

ExitFacts facts_with_code(std::int32_t code) {
  ExitFacts facts;
  facts.outcome = WaitOutcome{.code = code, .source = "wait4"};
  facts.output_seen = true;
  facts.main_pid = 100;
  facts.members = {{100, "python3"}};
  return facts;
}

ExitFacts facts_with_signal(std::int32_t signal) {
  auto facts = facts_with_code(0);
  facts.outcome = WaitOutcome{.signal = signal, .source = "wait4"};
  return facts;
}

ExitFacts facts_without_outcome() {
  auto facts = facts_with_code(0);
  facts.outcome.reset();
  facts.outcome_unknown_because = "attached without a pidfd";
  return facts;
}

ExitFacts with_worker(ExitFacts facts) {
  facts.members.push_back({101, "pt_data_worker"});
  return facts;
}
ExitFacts with_leaf_kills(ExitFacts facts, std::uint64_t kills,
                          std::optional<std::uint64_t> hits = std::nullopt) {
  facts.cgroup_oom_kills = kills;
  facts.cgroup_limit_hits = hits;
  return facts;
}
ExitFacts with_host_kills(ExitFacts facts, std::uint64_t kills) {
  facts.host_oom_kills = kills;
  return facts;
}
ExitFacts with_kernel_kill(ExitFacts facts, std::int32_t pid, const std::string& name) {
  facts.kernel_log_readable = true;
  facts.kernel_kills.push_back({pid, name, true, "/docker/abc"});
  return facts;
}
ExitFacts with_exception(ExitFacts facts, const std::string& type, bool out_of_memory) {
  facts.exception =
      SeenError{.type = type, .message = "it says so", .out_of_memory = out_of_memory};
  return facts;
}
ExitFacts with_stop(ExitFacts facts, std::int32_t signal) {
  facts.signals_handed_on.push_back(signal);
  return facts;
}
ExitFacts with_client_stop(ExitFacts facts) {
  facts.client_stop = true;
  return facts;
}
ExitFacts with_word(ExitFacts facts, ClientState state, const std::string& status,
                    const std::string& info = "") {
  facts.client_word = ClientWord{.state = state, .status = status, .info = info};
  return facts;
}
ExitFacts with_keyboard_interrupt(ExitFacts facts) {
  facts.keyboard_interrupt = true;
  return facts;
}
ExitFacts with_pool(ExitFacts facts, PoolKind kind, Bytes used) {
  facts.last_pools.push_back({kind, std::string{name_of(kind)}, used, gib(10)});
  return facts;
}
ExitFacts with_last_step_reached(ExitFacts facts, bool reached) {
  facts.reached_last_step = reached;
  return facts;
}

bool says(const RunExit& exit, std::string_view words) {
  for (const auto& sentence : exit.evidence)
    if (sentence.find(words) != std::string::npos) return true;
  return false;
}

struct Case {
  const char* what;
  ExitFacts facts;
  ExitKind kind;
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.what;
}

class ExitKinds : public testing::TestWithParam<Case> {};

TEST_P(ExitKinds, the_first_kind_that_holds_is_named_with_evidence) {
  const auto exit = classify_exit(GetParam().facts);
  EXPECT_EQ(name_of(exit.kind), name_of(GetParam().kind)) << GetParam().what;
  EXPECT_FALSE(exit.evidence.empty());
}

INSTANTIATE_TEST_SUITE_P(
    table, ExitKinds,
    testing::Values(
        // Plain ends.
        Case{"code 0", facts_with_code(0), ExitKind::completed},
        Case{"code 1", facts_with_code(1), ExitKind::error},
        Case{"segmentation fault", facts_with_signal(SIGSEGV), ExitKind::signal},
        Case{"SIGTERM by somebody else", facts_with_signal(SIGTERM), ExitKind::signal},
        Case{"SIGHUP", facts_with_signal(SIGHUP), ExitKind::signal},
        Case{"nothing known", facts_without_outcome(), ExitKind::unknown},
        // SIGKILL is no proof.
        Case{"SIGKILL alone", facts_with_signal(SIGKILL), ExitKind::signal},
        Case{"SIGKILL, its cgroup counts no kill", with_leaf_kills(facts_with_signal(SIGKILL), 0),
             ExitKind::signal},
        Case{"SIGKILL at full memory without a kill",
             with_pool(with_leaf_kills(facts_with_signal(SIGKILL), 0), PoolKind::cgroup, gib(10)),
             ExitKind::signal},
        Case{"SIGKILL, somebody killed on the machine, its cgroup says not here",
             with_pool(with_host_kills(with_leaf_kills(facts_with_signal(SIGKILL), 0), 1),
                       PoolKind::host, gib(10)),
             ExitKind::signal},
        Case{"SIGKILL, somebody killed on the machine, memory low",
             with_pool(with_host_kills(facts_with_signal(SIGKILL), 1), PoolKind::host, gib(4)),
             ExitKind::signal},
        Case{"SIGKILL, somebody killed on the machine, memory not known",
             with_host_kills(facts_with_signal(SIGKILL), 1), ExitKind::signal},
        Case{"SIGKILL, somebody killed on the machine, memory nearly full",
             with_pool(with_host_kills(facts_with_signal(SIGKILL), 1), PoolKind::host, gib(9)),
             ExitKind::oom_killed},
        Case{"SIGKILL, kernel log names another process",
             with_kernel_kill(with_pool(with_host_kills(facts_with_signal(SIGKILL), 1),
                                        PoolKind::host, gib(10)),
                              777, "chrome"),
             ExitKind::signal},
        // OOM kills.
        Case{"SIGKILL and a kill in its cgroup", with_leaf_kills(facts_with_signal(SIGKILL), 1),
             ExitKind::oom_killed},
        Case{"a shell reports 137 and its cgroup a kill", with_leaf_kills(facts_with_code(137), 1),
             ExitKind::oom_killed},
        Case{"kernel log names the trainer",
             with_kernel_kill(facts_with_signal(SIGKILL), 100, "python3"), ExitKind::oom_killed},
        Case{"kernel log names a worker, main exits 1",
             with_kernel_kill(with_worker(facts_with_code(1)), 101, "pt_data_worker"),
             ExitKind::oom_killed},
        Case{"kernel log names a worker, main exits 0",
             with_kernel_kill(with_worker(facts_with_code(0)), 101, "pt_data_worker"),
             ExitKind::oom_killed},
        Case{"kernel log has the pid under another name, nothing else",
             with_kernel_kill(with_worker(facts_with_code(1)), 101, "mysqld"), ExitKind::error},
        Case{"kernel log has the pid under another name, and SIGKILL",
             with_kernel_kill(facts_with_signal(SIGKILL), 101, "mysqld"), ExitKind::signal},
        Case{"a worker killed, main exits 1", with_leaf_kills(with_worker(facts_with_code(1)), 1),
             ExitKind::oom_killed},
        Case{"a worker killed, main exits 0", with_leaf_kills(with_worker(facts_with_code(0)), 1),
             ExitKind::oom_killed},
        Case{"a stranger in its cgroup killed, main alone exits 0",
             with_leaf_kills(facts_with_code(0), 1), ExitKind::completed},
        Case{"a stranger in its cgroup killed, as the kernel log says",
             with_kernel_kill(with_leaf_kills(with_worker(facts_with_code(1)), 1), 777, "chrome"),
             ExitKind::error},
        Case{"a worker killed and a MemoryError after it",
             with_exception(with_leaf_kills(with_worker(facts_with_code(1)), 1), "MemoryError",
                            true),
             ExitKind::oom_killed},
        Case{"a kill in its cgroup, then Ctrl-C",
             with_stop(with_leaf_kills(with_worker(facts_with_code(130)), 1), SIGINT),
             ExitKind::oom_killed},
        Case{"attached, a kill in its cgroup", with_leaf_kills(facts_without_outcome(), 1),
             ExitKind::oom_killed},
        Case{"attached, kernel log names it",
             with_kernel_kill(facts_without_outcome(), 100, "python3"), ExitKind::oom_killed},
        // Failed allocations.
        Case{"MemoryError", with_exception(facts_with_code(1), "MemoryError", true),
             ExitKind::oom_exception},
        Case{"bad_alloc aborts", with_exception(facts_with_signal(SIGABRT), "std::bad_alloc", true),
             ExitKind::oom_exception},
        Case{"attached, CUDA out of memory",
             with_exception(facts_without_outcome(), "torch.OutOfMemoryError", true),
             ExitKind::oom_exception},
        Case{"MemoryError was handled", with_exception(facts_with_code(0), "MemoryError", true),
             ExitKind::completed},
        Case{"MemoryError behind a pipe, short of the last step",
             with_last_step_reached(with_exception(facts_with_code(0), "MemoryError", true), false),
             ExitKind::oom_exception},
        Case{"MemoryError after the last step",
             with_last_step_reached(with_exception(facts_with_code(0), "MemoryError", true), true),
             ExitKind::completed},
        Case{"bus error with /dev/shm full",
             with_pool(facts_with_signal(SIGBUS), PoolKind::shm, gib(10)), ExitKind::oom_exception},
        Case{"bus error with room in /dev/shm",
             with_pool(facts_with_signal(SIGBUS), PoolKind::shm, gib(1)), ExitKind::signal},
        // Stops.
        Case{"Ctrl-C through the launcher", with_stop(facts_with_signal(SIGINT), SIGINT),
             ExitKind::stopped},
        Case{"SIGTERM through the launcher", with_stop(facts_with_signal(SIGTERM), SIGTERM),
             ExitKind::stopped},
        Case{"SIGTERM handed on, handled, code 0", with_stop(facts_with_code(0), SIGTERM),
             ExitKind::stopped},
        Case{"SIGTERM handed on and ignored to the last step",
             with_last_step_reached(with_stop(facts_with_code(0), SIGTERM), true),
             ExitKind::completed},
        Case{"SIGTERM handed on, then SIGKILL", with_stop(facts_with_signal(SIGKILL), SIGTERM),
             ExitKind::stopped},
        Case{"SIGTERM handed on, SIGKILL, somebody killed on a full machine",
             with_pool(with_host_kills(with_stop(facts_with_signal(SIGKILL), SIGTERM), 1),
                       PoolKind::host, gib(10)),
             ExitKind::stopped},
        Case{"SIGHUP handed on", with_stop(facts_with_signal(SIGHUP), SIGHUP), ExitKind::signal},
        Case{"killed by SIGINT without a launcher", facts_with_signal(SIGINT), ExitKind::stopped},
        Case{"a shell reports 130", facts_with_code(130), ExitKind::stopped},
        Case{"KeyboardInterrupt, code 1", with_keyboard_interrupt(facts_with_code(1)),
             ExitKind::stopped},
        Case{"KeyboardInterrupt caught, code 0", with_keyboard_interrupt(facts_with_code(0)),
             ExitKind::completed},
        Case{"KeyboardInterrupt, no outcome", with_keyboard_interrupt(facts_without_outcome()),
             ExitKind::stopped},
        Case{"the client stopped it, code 1", with_client_stop(facts_with_code(1)),
             ExitKind::stopped},
        Case{"the client stopped it, code 0", with_client_stop(facts_with_code(0)),
             ExitKind::stopped},
        Case{"ai-toolkit's table says completed, no outcome",
             with_word(facts_without_outcome(), ClientState::completed, "completed"),
             ExitKind::completed},
        Case{"ai-toolkit's table says completed, and SIGKILL followed",
             with_word(facts_with_signal(SIGKILL), ClientState::completed, "completed"),
             ExitKind::signal},
        Case{"ai-toolkit's table says stopped, no outcome",
             with_word(facts_without_outcome(), ClientState::stopped, "stopped"),
             ExitKind::stopped},
        Case{"ai-toolkit's table says queued, code 1",
             with_word(facts_with_code(1), ClientState::requeued, "queued"), ExitKind::stopped},
        Case{"a stop in the table that came after the last step",
             with_word(with_last_step_reached(facts_with_code(0), true), ClientState::stopped,
                       "stopped"),
             ExitKind::completed},
        Case{"the OOM killer killed it and somebody pressed stop",
             with_word(with_leaf_kills(facts_with_signal(SIGKILL), 1), ClientState::stopped,
                       "stopped"),
             ExitKind::oom_killed},
        Case{"ai-toolkit's table says error, no outcome",
             with_word(facts_without_outcome(), ClientState::failed, "error", "shapes differ"),
             ExitKind::error},
        Case{"left running in ai-toolkit's table, no outcome",
             with_word(facts_without_outcome(), ClientState::running, "running"),
             ExitKind::unknown},
        Case{"failed allocation before the stop",
             with_stop(with_exception(facts_with_code(1), "MemoryError", true), SIGINT),
             ExitKind::oom_exception},
        // Errors.
        Case{"ValueError", with_exception(facts_with_code(1), "ValueError", false),
             ExitKind::error},
        Case{"attached, ValueError", with_exception(facts_without_outcome(), "ValueError", false),
             ExitKind::error},
        Case{"a shell reports 137 and nothing else", facts_with_code(137), ExitKind::error}));

TEST(ExitClassifier, a_living_trainer_has_no_exit) {
  auto facts = facts_without_outcome();
  facts.still_runs = true;
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::none);
}

TEST(ExitClassifier, a_row_that_was_left_running_is_told_with_what_frees_its_queue) {
  const auto exit = classify_exit(
      with_word(facts_with_signal(SIGKILL), ClientState::running, "running", "Training"));
  EXPECT_EQ(exit.kind, ExitKind::signal);
  EXPECT_TRUE(std::ranges::any_of(exit.evidence, [](const auto& line) {
    return line.find("`running`: Training") != std::string::npos &&
           line.find("Mark as Stopped") != std::string::npos;
  }));
}

TEST(ExitClassifier, a_machine_that_was_started_anew_is_the_first_that_is_said) {
  auto facts = facts_without_outcome();
  facts.machine_restarted = true;
  const auto exit = classify_exit(facts);
  EXPECT_EQ(exit.kind, ExitKind::unknown);
  EXPECT_NE(exit.evidence.front().find("started anew"), std::string::npos);
}

TEST(ExitClassifier, code_and_signal_are_handed_through) {
  EXPECT_EQ(classify_exit(facts_with_code(3)).code, 3);
  EXPECT_FALSE(classify_exit(facts_with_code(3)).signal.has_value());
  EXPECT_EQ(classify_exit(facts_with_signal(SIGSEGV)).signal, SIGSEGV);
}

TEST(ExitClassifier, sigkill_alone_is_said_to_prove_nothing) {
  const auto exit = classify_exit(facts_with_signal(SIGKILL));
  EXPECT_TRUE(says(exit, "no proof that memory ran out"));
  EXPECT_TRUE(says(exit, "cannot be told"));
}

TEST(ExitClassifier, a_host_wide_kill_is_told_as_not_recorded_to_be_this_run) {
  const auto exit = classify_exit(with_host_kills(facts_with_signal(SIGKILL), 1));
  EXPECT_TRUE(says(exit,
                   "The machine's OOM killer killed some process during this run; whether it was "
                   "this one is not "
                   "recorded"));
}

TEST(ExitClassifier, a_host_wide_kill_right_at_the_end_explains_a_sigkill) {
  auto facts = with_host_kills(facts_with_signal(SIGKILL), 1);
  facts.host_oom_kills_at_end = 1;
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::oom_killed);
  facts = with_pool(facts, PoolKind::host, gib(10));
  facts.host_oom_kills_at_end = 0;  // it came earlier: somebody else's
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::signal);
}

TEST(ExitClassifier, the_strongest_evidence_comes_first) {
  const auto exit = classify_exit(
      with_kernel_kill(with_leaf_kills(facts_with_signal(SIGKILL), 1, 4), 100, "python3"));
  ASSERT_EQ(exit.evidence.size(), 4U);
  EXPECT_EQ(exit.evidence[0],
            "The kernel log names the trainer itself: process 100 (python3) was killed because a "
            "cgroup was at its "
            "limit (/docker/abc)");
  EXPECT_EQ(exit.evidence[1],
            "The kernel's OOM killer killed 1 process of the trainer's cgroup during the run "
            "(oom_kill counter)");
  EXPECT_EQ(exit.evidence[2], "The limit of its cgroup was reached 4 times");
  EXPECT_EQ(exit.evidence[3], "The trainer was ended by SIGKILL (wait4)");
}

TEST(ExitClassifier, no_counted_hit_of_the_limit_is_not_said_to_be_the_machines_fault) {
  // cgroup v1 counts no hits of a limit on memory and swap together.
  const auto exit = classify_exit(with_leaf_kills(facts_with_signal(SIGKILL), 1, 0));
  EXPECT_EQ(exit.kind, ExitKind::oom_killed);
  EXPECT_FALSE(says(exit, "limit"));
  EXPECT_FALSE(says(exit, "the machine"));
}

TEST(ExitClassifier, a_killed_worker_under_a_surviving_main_is_told_with_its_doubt) {
  const auto exit = classify_exit(with_leaf_kills(with_worker(facts_with_code(0)), 1));
  EXPECT_EQ(exit.code, 0);
  EXPECT_TRUE(says(exit, "Which process was killed is not recorded"));
}

TEST(ExitClassifier, an_unknown_end_gives_its_reason) {
  EXPECT_TRUE(says(classify_exit(facts_without_outcome()), "attached without a pidfd"));
}

TEST(ExitWithoutEnd, a_run_that_is_recorded_still_runs) {
  EXPECT_EQ(exit_without_end(Unended::recording).kind, ExitKind::none);
  EXPECT_EQ(exit_without_end(Unended::unwatched).kind, ExitKind::none);
  EXPECT_TRUE(says(exit_without_end(Unended::unwatched), "its monitor is gone"));
}

TEST(ExitClassifier, a_sigkill_by_hand_beside_a_strangers_oom_kill_in_the_same_cgroup_is_no_oom) {
  auto facts = with_leaf_kills(facts_with_signal(SIGKILL), 1);
  facts.cgroup = "/session";
  facts.kernel_log_readable = true;
  facts.kernel_kills = {
      {.pid = 900, .name = "python3", .by_cgroup = true, .task_cgroup = "/session"}};
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::signal);
  facts.kernel_kills[0].task_cgroup = "/elsewhere";  // then the counter is not explained
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::oom_killed);
}

TEST(ExitClassifier, pids_of_another_namespace_are_not_taken_for_ours) {
  auto facts = facts_with_signal(SIGKILL);
  facts.kernel_log_readable = true;
  facts.log_names = {.pids_are_ours = false, .cgroups_are_ours = false};
  facts.cgroup = "/job";
  facts.kernel_kills = {
      {.pid = 100, .name = "python3", .by_cgroup = true, .task_cgroup = "/docker/x"}};
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::signal);
  facts.kernel_kills = {
      {.pid = 41200, .name = "python3", .by_cgroup = true, .task_cgroup = "/docker/x/job"}};
  const auto exit = classify_exit(facts);
  EXPECT_EQ(exit.kind, ExitKind::oom_killed);
  EXPECT_TRUE(says(exit, "recognised by its name and its cgroup"));
}

TEST(ExitClassifier, whose_limit_it_was_is_said_beside_the_kill) {
  auto facts = with_leaf_kills(facts_with_signal(SIGKILL), 1);
  facts.oom_levels = {.levels = {{.cgroup = "/a/b", .kills = 1, .limit_ooms = 0},
                                 {.cgroup = "/a", .limit = gib(2), .kills = 1, .limit_ooms = 1}},
                      .to_the_root = true};
  EXPECT_TRUE(says(classify_exit(facts), "The limit was that of the cgroup above it, /a, 2.0 GB"));
}

TEST(ExitClassifier, systemd_oomd_leaves_the_kernels_counters_alone_and_is_named) {
  auto facts = with_leaf_kills(facts_with_signal(SIGKILL), 0);
  facts.oom_levels = {.levels = {{.cgroup = "/user.slice/x.scope", .kills = 0, .daemon_kills = 4}}};
  const auto marked = classify_exit(facts);
  EXPECT_EQ(marked.kind, ExitKind::oom_killed);
  EXPECT_TRUE(says(marked, "systemd-oomd killed 4 of the processes in /user.slice/x.scope"));
  facts.oom_levels = {};
  facts.cgroup = "/user.slice/x.scope";
  facts.daemon_kills = {{.daemon = "systemd-oomd", .cgroup = "/user.slice", .signal = SIGKILL}};
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::oom_killed);
  facts.daemon_kills[0].cgroup = "/user.slice/x";
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::signal);
}

TEST(ExitClassifier, earlyoom_is_named_when_it_meant_this_trainer) {
  auto facts = facts_with_signal(SIGTERM);
  facts.daemon_kills = {{.daemon = "earlyoom", .pid = 100, .name = "python3", .signal = SIGTERM}};
  const auto exit = classify_exit(facts);
  EXPECT_EQ(exit.kind, ExitKind::oom_killed);
  EXPECT_TRUE(says(exit, "earlyoom says in the system's log that it sent SIGTERM to the trainer"));
  facts.daemon_kills[0].pid = 77;
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::signal);
}

TEST(ExitClassifier, the_last_signs_of_life_and_a_failed_gpu_stand_beside_an_end_that_is_not_good) {
  auto facts = facts_with_signal(SIGKILL);
  facts.last_signs = {.sample = 0.4, .step = 12, .step_number = 41};
  facts.gpu_errors = {"NVRM: Xid (PCI:0000:01:00): 79, pid=100"};
  EXPECT_TRUE(says(classify_exit(facts), "sample 0.4s, step 41 12s"));
  EXPECT_TRUE(says(classify_exit(facts), "NVRM: Xid"));
  facts.outcome = WaitOutcome{.code = 0, .source = "wait4"};
  EXPECT_FALSE(says(classify_exit(facts), "Last signs"));
}

TEST(ExitClassifier, a_run_that_did_all_its_steps_completed_whoever_was_killed_beside_it) {
  const auto killed =
      with_kernel_kill(with_leaf_kills(with_worker(facts_with_code(0)), 1), 101, "pt_data_worker");
  const auto whole = classify_exit(with_last_step_reached(killed, true));
  EXPECT_EQ(whole.kind, ExitKind::completed);
  EXPECT_TRUE(says(whole, "101")) << "the victim is named all the same";
  const auto cut = classify_exit(with_last_step_reached(killed, false));
  EXPECT_EQ(cut.kind, ExitKind::oom_killed);
  EXPECT_TRUE(says(cut, "101"));
  EXPECT_FALSE(says(cut, "Which process was killed is not recorded"));
}

TEST(ExitWithoutEnd, a_lost_run_is_unknown_with_a_reason) {
  EXPECT_EQ(exit_without_end(Unended::lost).kind, ExitKind::unknown);
  EXPECT_TRUE(says(exit_without_end(Unended::lost), "trainer and monitor were gone"));
  EXPECT_EQ(exit_without_end(Unended::elsewhere).kind, ExitKind::unknown);
}

TEST(ExitClassifier, without_an_exit_status_the_trainers_own_last_word_counts) {
  ExitFacts facts;
  facts.outcome_unknown_because = "attached";
  facts.said_completed = true;
  facts.exception = SeenError{.type = "MemoryError", .out_of_memory = true};  // which it survived
  const auto exit = classify_exit(facts);
  EXPECT_EQ(exit.kind, ExitKind::completed);
  EXPECT_TRUE(says(exit, "its work in good order"));
  facts.said_completed = false;
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::oom_exception);
  facts.exception.reset();
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::unknown);
}

TEST(ExitClassifier, a_word_of_completion_does_not_outweigh_the_kernels) {
  ExitFacts facts;
  facts.outcome = WaitOutcome{.code = 3, .source = "wait4"};
  facts.said_completed = true;
  EXPECT_EQ(classify_exit(facts).kind, ExitKind::error);
}

}  // namespace
}  // namespace tidemark
