#include "journal/protocol_model.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

namespace tidemark::protocol_model {
namespace {

TEST(JournalProtocol, holds_in_every_interleaving_with_every_death) {
  const auto began = std::chrono::steady_clock::now();
  const auto outcome = explore(Mutant::none, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%llu states, %llu final, %.1f s\n", static_cast<unsigned long long>(outcome.states),
              static_cast<unsigned long long>(outcome.final_states), took.count());
  EXPECT_EQ(outcome.violation, "");
  EXPECT_GT(outcome.states, 100'000U);
  EXPECT_GT(outcome.final_states, 100U);
}

TEST(JournalProtocol, holds_when_either_side_dies_twice) {
  const auto outcome =
      explore(Mutant::none, {.writer_kills = 2, .reader_kills = 2, .scribbles = 0});
  std::printf("%llu states\n", static_cast<unsigned long long>(outcome.states));
  EXPECT_EQ(outcome.violation, "");
}

struct Caught {
  Mutant mutant;
  const char* name;
  const char* by;
};

class ProtocolMutant : public testing::TestWithParam<Caught> {};

TEST_P(ProtocolMutant, is_caught) {
  const auto outcome = explore(GetParam().mutant, {});
  std::printf("%llu states: %s\n", static_cast<unsigned long long>(outcome.states),
              outcome.violation.c_str());
  EXPECT_EQ(outcome.violation, GetParam().by);
}

constexpr const char* kMalformed = "a sound record was called malformed";
constexpr const char* kTwice = "a record was stored twice";
constexpr const char* kWrong = "something was stored that was not recorded there";

INSTANTIATE_TEST_SUITE_P(
    JournalProtocol, ProtocolMutant,
    testing::Values(Caught{Mutant::publish_before_write, "publish_before_write", kMalformed},
                    Caught{Mutant::publish_without_release, "publish_without_release", kMalformed},
                    Caught{Mutant::publish_slot_by_slot, "publish_slot_by_slot",
                           "half an event was stored"},
                    Caught{Mutant::room_off_by_one, "room_off_by_one", kMalformed},
                    Caught{Mutant::release_before_commit, "release_before_commit", kMalformed},
                    Caught{Mutant::restart_from_tail, "restart_from_tail", kTwice},
                    Caught{Mutant::position_not_committed, "position_not_committed", kTwice},
                    Caught{Mutant::no_checksum, "no_checksum", kWrong},
                    Caught{Mutant::no_drainer_lock, "no_drainer_lock", kTwice},
                    Caught{Mutant::fork_keeps_lane, "fork_keeps_lane", kWrong},
                    Caught{Mutant::reclaim_living, "reclaim_living", kWrong}),
    [](const auto& one) { return std::string{one.param.name}; });

}  // namespace
}  // namespace tidemark::protocol_model
