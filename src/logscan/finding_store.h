// Findings as they are collected: the same said again is one, and their number is bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "logscan/logscan.h"
#include "logscan/patterns/pattern.h"

namespace tidemark {

/// How far the run had come.
struct Progress {
  std::uint64_t moves = 0;           // by which the training bar or the step lines went on
  std::uint64_t finite_losses = 0;   // shown by them
  std::uint64_t finishes = 0;        // lines that say training is done
  std::uint64_t ordinary_lines = 0;  // that belong to nothing that went wrong
};

struct Kept {
  LogFinding finding{};
  std::string type{};  // of an exception, as printed, with its module
  Weight weight = Weight::decisive;
  bool known = false;        // words or a class said what it is about
  bool lost_number = false;  // a loss that is none: it is survived only by losses that are
  bool survived = false;  // said by what followed it: Python ignored it, a save that was given up
  std::uint64_t id = 0;   // rising in the order of the log
  Progress first_at{};
  Progress last_at{};
};

class FindingStore {
 public:
  /// The id of the finding that it is now part of.
  std::uint64_t add(Kept kept);
  /// Absent where it had to make room.
  Kept* find(std::uint64_t id);
  const std::vector<Kept>& all() const { return kept_; }
  std::uint64_t left_out() const { return left_out_; }
  /// Calls of `add`.
  std::uint64_t additions() const { return additions_; }
  /// Distinct findings that were no mere warnings when they came.
  std::uint64_t errors_added() const { return errors_added_; }

 private:
  void make_room(bool warning);

  std::vector<Kept> kept_{};
  std::unordered_map<std::string, std::uint64_t> by_key_{};
  std::uint64_t next_id_ = 0;
  std::uint64_t left_out_ = 0;
  std::uint64_t additions_ = 0;
  std::uint64_t errors_added_ = 0;
};

bool is_memory(LogCategory category);

}  // namespace tidemark
