// What the facts of an exit say, as questions and as sentences; used by the classifier's rules.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "analysis/exit_classifier.h"

namespace tidemark {

using Sentences = std::vector<std::string>;

/// The signal that ended the trainer, or whose number a shell reports as 128 + N for its child.
std::optional<std::int32_t> fatal_signal(const ExitFacts& facts);
bool exited_with_zero(const ExitFacts& facts);
/// SIGINT or SIGTERM was handed on by the launcher.
bool stop_was_asked(const ExitFacts& facts);

enum class Match { none, name_only, pid_only, both };
Match match_of(const KernelKill& kill, const ExitFacts& facts);
/// The kernel log's kill of a member of the run, the best match first.
const KernelKill* find_member_kill(const ExitFacts& facts, Match at_least);

/// True where the kernel log's kills of others account for all that the trainer's cgroup counted.
bool others_explain_the_counter(const ExitFacts& facts);

/// The fullest of the pools of these kinds in the last sample.
const PoolUse* fullest_of(const ExitFacts& facts, std::initializer_list<PoolKind> kinds);

std::string outcome_sentence(const ExitFacts& facts);
/// The client's table says that of the job.
bool client_says(const ExitFacts& facts, ClientState state);
std::string client_sentence(const ClientWord& word);
std::string exception_sentence(const SeenError& error);
std::string kernel_kill_sentence(const KernelKill& kill, const ExitFacts& facts);
/// What speaks against an OOM kill, or why it cannot be told; for a death by SIGKILL.
void add_sigkill_doubts(const ExitFacts& facts, Sentences& said);

/// When it was last seen alive, by each kind of sign; empty where there was none.
std::string last_signs_sentence(const LastSigns& signs);

/// A kill of the run by systemd-oomd or earlyoom; empty: none that can be laid to them.
Sentences daemon_sentences(const ExitFacts& facts);

}  // namespace tidemark
