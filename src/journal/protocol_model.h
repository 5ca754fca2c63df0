// The journal's protocol as a state machine small enough to visit every state: what writers,
// monitors, their deaths, stray stores and the hardware may do in every order. It models what
// journal_abi.h draws, one lane of it, not the code; journal_stress_test.cpp runs the code.
//
// What is modelled honestly. A record's words reach memory one by one in any order until the
// release store of head, which waits for them (x86 keeps them in order; other machines need not). A
// kill leaves whichever of them had landed. The monitor copies word by word, and may be interrupted
// between any two. What is not: head and tail change in one piece (a position word's check bits
// stand for that), and a damaged word never passes a checksum (it does with probability 2^-32).
#pragma once

#include <cstdint>
#include <string>

namespace tidemark::protocol_model {

/// One thing done wrong, to see that the model would notice.
enum class Mutant : std::uint8_t {
  none,
  publish_before_write,     // head first, the slot afterwards
  publish_without_release,  // head may overtake the slot's words
  publish_slot_by_slot,     // an event's slots become visible one after the other
  room_off_by_one,          // the writer takes one slot more than there is
  release_before_commit,    // the monitor frees slots whose rows are not stored yet
  restart_from_tail,        // a new monitor begins at what was released, not at what was committed
  position_not_committed,   // rows in one transaction, the position in the next
  no_checksum,              // the monitor believes what it copied
  no_drainer_lock,          // two monitors at once
  fork_keeps_lane,          // a second writer goes on in the lane of the first
  reclaim_living,           // a lane is freed while its owner writes
};

struct Bounds {
  int writer_kills = 1;
  int reader_kills = 1;
  int scribbles = 1;
};

struct Outcome {
  std::uint64_t states = 0;
  std::uint64_t final_states = 0;  // where nobody has anything left to do
  std::string violation{};         // empty: every invariant held in every state
};

/// Visits every state, or stops at the first violation.
Outcome explore(Mutant mutant, const Bounds& bounds);

}  // namespace tidemark::protocol_model
