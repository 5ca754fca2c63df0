#include "journal/protocol_model.h"

#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace tidemark::protocol_model {
namespace {

using Byte = std::uint8_t;

constexpr int kSlots = 3;          // the ring
constexpr int kWords = 3;          // of a slot: two of payload, one of sequence and checksum
constexpr int kMostPositions = 8;  // more than all records together need
constexpr Byte kNoise = 0xee;      // what a stray store leaves; never a record
constexpr Byte kMalformed = 0xff;  // what the database counts for a damaged one

// Two writers, each with its records: how many slots each takes. Seven slots on a ring of three.
constexpr std::array<std::array<Byte, 3>, 2> kProgram{{{1, 2, 1}, {2, 1, 0}}};

/// A payload word is its record and its place in it; a check word binds both to a position.
constexpr Byte word_of(int record, int part) {
  return static_cast<Byte>(record << 1 | part);
}
constexpr int record_id(int writer, int index) {
  return 1 + writer * 3 + index;
}
constexpr Byte check_of(Byte word, int position) {
  return static_cast<Byte>(0x80 | (word * 8 + position) % 0x60);
}

struct Slot {
  std::array<Byte, kWords> words{};
};

enum class Pc : Byte {
  claim,
  look_for_room,
  write,
  flush_and_publish,
  write_late,
  returning,
  done
};

struct Writer {
  Pc pc = Pc::claim;
  Byte alive = 1;
  Byte owns = 0;
  Byte index = 0;  // of its next record
  Byte head = 0;   // private
  Byte tail_seen = 0;
  Byte pending = 0;     // words of the record that have not landed, one bit each
  Byte pending_at = 0;  // the position they belong to
  Byte pending_index = 0;
  Byte published_parts = 0;
};

enum class Rpc : Byte { locked_out, look, copy, commit, commit_position, release, reclaim };

struct Reader {
  Rpc pc = Rpc::locked_out;
  Byte position = 0;    // how far it has copied
  Byte limit = 0;       // head as it saw it
  Byte copied = 0;      // words of the slot at hand
  Byte from = 0;        // where this batch began
  Byte event_from = 0;  // where the record at hand began, if `in_event`
  Byte in_event = 0;
  Slot slot{};
  std::array<Byte, kMostPositions> batch{};  // by position: the payload word, or kMalformed
};

enum class Lane : Byte { free, claimed, retired };

// Bytes only, so that two states are equal when their memory is.
struct State {
  // Shared memory.
  std::array<Slot, kSlots> slots{};
  Byte head = 0;
  Byte tail = 0;
  Lane lane = Lane::free;
  Byte owner = 0;
  // The database.
  Byte committed = 0;
  std::array<Byte, kMostPositions> stored{};  // by position; 0: nothing
  // Processes.
  std::array<Writer, 2> writers{};
  std::array<Reader, 2> readers{};
  Byte lock = 0;  // 1 + the reader that holds it
  // What is left to happen, and what truly happened, for the invariants.
  Byte writer_kills = 0;
  Byte reader_kills = 0;
  Byte scribbles = 0;
  Byte kills_done = 0;
  Byte returned = 0;                             // slots whose step() returned true
  std::array<Byte, kMostPositions> published{};  // by position: the word that belongs there
  Byte scribbled = 0;                            // positions hit by a stray store, one bit each
};
static_assert(std::has_unique_object_representations_v<State>);

// 64 bits for a state: that two of a few million states share one has a probability below one in a
// million, and costs a fifth of the memory that whole states would.
std::uint64_t fingerprint(const State& state) {
  std::array<std::uint64_t, (sizeof(State) + 7) / 8> words{};
  std::memcpy(words.data(), &state, sizeof state);
  std::uint64_t hash = 0;
  for (const auto word : words) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return hash | 1;  // 0 marks a free place in the table
}

/// Open addressing; grows at half full.
class FingerprintSet {
 public:
  /// True when it is new.
  bool insert(std::uint64_t print) {
    if (size_ * 2 >= table_.size()) grow();
    if (!place(print)) return false;
    ++size_;
    return true;
  }
  std::uint64_t size() const { return size_; }

 private:
  bool place(std::uint64_t print) {
    std::size_t at = (print >> 1) % table_.size();
    while (table_[at] != 0 && table_[at] != print) at = (at + 1) % table_.size();
    if (table_[at] == print) return false;
    table_[at] = print;
    return true;
  }
  void grow() {
    const auto old = std::exchange(table_, std::vector<std::uint64_t>(table_.size() * 2));
    for (const auto print : old)
      if (print != 0) place(print);
  }

  std::vector<std::uint64_t> table_ = std::vector<std::uint64_t>(1U << 16);
  std::uint64_t size_ = 0;
};

class Explorer {
 public:
  Explorer(Mutant mutant, const Bounds& bounds) : mutant_(mutant) {
    State first;
    first.writer_kills = static_cast<Byte>(bounds.writer_kills);
    first.reader_kills = static_cast<Byte>(bounds.reader_kills);
    first.scribbles = static_cast<Byte>(bounds.scribbles);
    reach(first);
  }

  Outcome run() {
    while (!to_visit_.empty() && outcome_.violation.empty()) {
      const State state = to_visit_.back();
      to_visit_.pop_back();
      successors_ = 0;
      for (int i = 0; i < 2; ++i) writer_steps(state, i);
      for (int i = 0; i < 2; ++i) reader_steps(state, i);
      if (successors_ == 0) check_final(state);
      disasters(state);
    }
    outcome_.states = seen_.size();
    return outcome_;
  }

 private:
  bool is(Mutant mutant) const { return mutant_ == mutant; }

  void reach(const State& state) {
    ++successors_;
    if (outcome_.violation.empty()) check_always(state);
    if (seen_.insert(fingerprint(state))) to_visit_.push_back(state);
  }

  void violated(const char* what) {
    if (outcome_.violation.empty()) outcome_.violation = what;
  }

  // --- writers ---

  static Byte slots_of(const Writer& writer, int who) {
    const auto program = kProgram[static_cast<std::size_t>(who)];
    return writer.index < program.size() ? program[writer.index] : Byte{0};
  }

  void next_record(State& state, int who) const {
    Writer& writer = state.writers[static_cast<std::size_t>(who)];
    ++writer.index;
    writer.pending = writer.pending_at = writer.pending_index = writer.published_parts = 0;
    const bool more = slots_of(writer, who) != 0;
    writer.pc = !more ? Pc::done : writer.owns != 0 ? Pc::look_for_room : Pc::claim;
    if (!more && writer.owns != 0) {
      state.lane = Lane::retired;
      writer.owns = 0;
    }
  }

  void writer_steps(const State& before, int who) {
    const Writer& writer = before.writers[static_cast<std::size_t>(who)];
    if (writer.alive == 0) return;
    State state = before;
    Writer& self = state.writers[static_cast<std::size_t>(who)];
    switch (writer.pc) {
      case Pc::claim:
        claim(state, self, who);
        break;
      case Pc::look_for_room:
        look_for_room(state, self, who);
        break;
      case Pc::write:
        write(state, self, who);
        break;
      case Pc::flush_and_publish:
      case Pc::write_late:
        land_each(before, who);
        if (!may_publish(writer)) return;
        publish(state, self, who);
        break;
      case Pc::returning:
        land_each(before, who);  // only where head overtook the words
        if (writer.pending != 0) return;
        state.returned = static_cast<Byte>(state.returned + slots_of(writer, who));
        next_record(state, who);
        break;
      case Pc::done:
        return;
    }
    reach(state);
  }

  void claim(State& state, Writer& self, int who) const {
    const bool shares = is(Mutant::fork_keeps_lane) && state.lane == Lane::claimed;
    if (state.lane != Lane::free && !shares) return next_record(state, who);  // counted: no lane
    state.lane = Lane::claimed;
    state.owner = static_cast<Byte>(who);
    self.owns = 1;
    self.head = state.head;
    self.tail_seen = state.tail;
    self.pc = Pc::look_for_room;
  }

  bool fits(const Writer& writer, int who) const {
    const int room = kSlots + (is(Mutant::room_off_by_one) ? 1 : 0);
    return writer.head + slots_of(writer, who) - writer.tail_seen <= room;
  }

  void look_for_room(State& state, Writer& self, int who) const {
    if (!fits(self, who)) self.tail_seen = state.tail;     // the acquire load
    if (!fits(self, who)) return next_record(state, who);  // counted: full
    self.pc = Pc::write;
  }

  // All words are on their way; they land by themselves, in any order.
  void write(State& state, Writer& self, int who) const {
    self.pending_at = self.head;
    self.pending_index = self.index;
    if (is(Mutant::publish_before_write)) {
      publish(state, self, who);
      self.pc = Pc::write_late;
    }
    self.pending = static_cast<Byte>((1U << (kWords * slots_of(self, who))) - 1);
    if (self.pc != Pc::write_late) self.pc = Pc::flush_and_publish;
  }

  bool may_publish(const Writer& writer) const {
    if (writer.pc == Pc::write_late) return writer.pending == 0;
    if (is(Mutant::publish_without_release)) return true;
    if (is(Mutant::publish_slot_by_slot)) {
      const unsigned part = ((1U << kWords) - 1) << (kWords * writer.published_parts);
      return (writer.pending & part) == 0;
    }
    return writer.pending == 0;  // the release
  }

  void publish(State& state, Writer& self, int who) const {
    if (self.pc == Pc::write_late) {  // was published before it was written
      self.pc = Pc::returning;
      return;
    }
    const Byte slots = slots_of(self, who);
    const int first = is(Mutant::publish_slot_by_slot) ? self.published_parts : 0;
    const int last = is(Mutant::publish_slot_by_slot) ? first + 1 : slots;
    for (int part = first; part < last; ++part)
      state.published[(self.pending_at + static_cast<unsigned>(part)) % kMostPositions] =
          word_of(record_id(who, self.index), part);
    state.head = static_cast<Byte>(self.pending_at + last);
    self.published_parts = static_cast<Byte>(last);
    if (last < slots) return;
    self.head = state.head;
    self.pc = Pc::returning;
  }

  void land_each(const State& before, int who) {
    const Writer& writer = before.writers[static_cast<std::size_t>(who)];
    for (int bit = 0; bit < kWords * 2; ++bit) {
      if ((writer.pending >> bit & 1) == 0) continue;
      State state = before;
      Writer& self = state.writers[static_cast<std::size_t>(who)];
      self.pending = static_cast<Byte>(self.pending & ~(1U << bit));
      const int part = bit / kWords;
      const int position = writer.pending_at + part;
      const Byte word = word_of(record_id(who, writer.pending_index), part);
      auto& slot = state.slots[static_cast<std::size_t>(position % kSlots)];
      auto& target = slot.words[static_cast<std::size_t>(bit % kWords)];
      target = bit % kWords == kWords - 1 ? check_of(word, position) : word;
      reach(state);
    }
  }

  // --- monitors ---

  void reader_steps(const State& before, int who) {
    State state = before;
    Reader& self = state.readers[static_cast<std::size_t>(who)];
    switch (self.pc) {
      case Rpc::locked_out:
        if (state.lock != 0 && !(is(Mutant::no_drainer_lock) && who == 1)) return;
        start(state, self, who);
        break;
      case Rpc::look:
        if (!look(state, self)) return;
        break;
      case Rpc::copy:
        copy_word(state, self);
        break;
      case Rpc::commit:
        commit(state, self);
        break;
      case Rpc::commit_position:
        state.committed = self.position;
        self.pc = Rpc::release;
        break;
      case Rpc::release:
        if (state.tail < self.position) state.tail = self.position;
        self.pc = is(Mutant::release_before_commit) ? Rpc::commit : Rpc::look;
        break;
      case Rpc::reclaim:
        // Since the owner was seen to be gone nobody has moved head.
        if (state.head == state.tail || is(Mutant::reclaim_living)) state.lane = Lane::free;
        self.pc = Rpc::look;
        break;
    }
    reach(state);
  }

  void start(State& state, Reader& self, int who) const {
    if (state.lock == 0) state.lock = static_cast<Byte>(who + 1);
    self = Reader{};
    self.pc = Rpc::look;
    self.position = is(Mutant::restart_from_tail) ? state.tail : state.committed;
  }

  // One look at a time finds: new records, or else a lane to give back. Nothing found is no step.
  bool look(State& state, Reader& self) const {
    if (state.head > self.position) {
      self.limit = state.head;
      self.from = self.position;
      self.pc = Rpc::copy;
      return true;
    }
    if (state.tail < self.position) {
      self.pc = Rpc::release;  // what an earlier monitor committed and did not live to release
      return true;
    }
    const Writer& owner = state.writers[state.owner];
    const bool gone =
        state.lane == Lane::retired ||
        (state.lane == Lane::claimed && (owner.alive == 0 || is(Mutant::reclaim_living)));
    if (!gone || (state.head != state.tail && !is(Mutant::reclaim_living))) return false;
    self.pc = Rpc::reclaim;
    return true;
  }

  void copy_word(State& state, Reader& self) const {
    const auto& slot = state.slots[static_cast<std::size_t>(self.position % kSlots)];
    self.slot.words[self.copied] = slot.words[self.copied];
    if (++self.copied < kWords) return;
    judge(self);
    self.copied = 0;
    self.slot = {};
    if (self.position < self.limit) return;
    self.pc = is(Mutant::release_before_commit) ? Rpc::release : Rpc::commit;
  }

  bool sound(const Reader& self) const {
    if (is(Mutant::no_checksum)) return true;
    const auto& words = self.slot.words;
    return words[0] == words[1] && words[2] == check_of(words[0], self.position);
  }

  // A damaged slot is malformed, and so is the rest of the event that it belongs to.
  void judge(Reader& self) const {
    auto& result = self.batch[self.position % kMostPositions];
    result = sound(self) ? self.slot.words[0] : kMalformed;
    ++self.position;
  }

  void commit(State& state, Reader& self) {
    for (int position = self.from; position < self.position; ++position) {
      auto& row = state.stored[static_cast<std::size_t>(position % kMostPositions)];
      if (row != 0) violated("a record was stored twice");
      row = self.batch[static_cast<std::size_t>(position % kMostPositions)];
    }
    self.batch = {};
    if (is(Mutant::position_not_committed)) {
      self.pc = Rpc::commit_position;
      return;
    }
    state.committed = self.position;
    self.pc = is(Mutant::release_before_commit) ? Rpc::look : Rpc::release;
  }

  // --- what nobody asked for ---

  void disasters(const State& before) {
    for (std::size_t i = 0; i < 2; ++i) {
      if (before.writer_kills > 0 && before.writers[i].alive != 0 &&
          before.writers[i].pc != Pc::done)
        kill_writer(before, i);
      if (before.reader_kills > 0 && before.readers[i].pc != Rpc::locked_out)
        kill_reader(before, i);
    }
    if (before.scribbles > 0) scribble(before);
  }

  void kill_writer(const State& before, std::size_t who) {
    State state = before;
    --state.writer_kills;
    ++state.kills_done;
    state.writers[who].alive = 0;
    state.writers[who].pending = 0;  // what has not landed never will
    reach(state);
  }

  void kill_reader(const State& before, std::size_t who) {
    State state = before;
    --state.reader_kills;
    state.readers[who] = Reader{};
    if (state.lock == who + 1) state.lock = 0;
    reach(state);
  }

  void scribble(const State& before) {
    for (int position = before.committed; position < before.head; ++position) {
      for (std::size_t word = 0; word < kWords; ++word) {
        State state = before;
        --state.scribbles;
        auto& slot = state.slots[static_cast<std::size_t>(position % kSlots)];
        slot.words[word] = kNoise;
        state.scribbled = static_cast<Byte>(state.scribbled | 1U << position % kMostPositions);
        reach(state);
      }
    }
  }

  // --- invariants ---

  void check_always(const State& state) {
    if (is(Mutant::none))
      check_positions(state);  // a mutant is to be caught by what it does to rows
    for (int position = 0; position < state.committed; ++position) {
      const auto at = static_cast<std::size_t>(position % kMostPositions);
      const bool hit = (state.scribbled >> position & 1) != 0;
      if (state.stored[at] == 0) violated("a taken record was skipped");
      if (state.stored[at] == kMalformed && !hit) violated("a sound record was called malformed");
      if (state.stored[at] != kMalformed && state.stored[at] != state.published[at])
        violated("something was stored that was not recorded there");
    }
    check_whole_events(state);
  }

  void check_positions(const State& state) {
    if (state.tail > state.committed) violated("room was freed that is not committed");
    if (state.committed > state.head) violated("committed what was not published");
    if (state.head - state.tail > kSlots) violated("head ran around the ring");
  }

  // A committed position never lies inside an event: all of it or nothing.
  void check_whole_events(const State& state) {
    if (state.committed == 0 || state.committed >= kMostPositions) return;
    const Byte next = state.published[state.committed];
    if (next != 0 && (next & 1) != 0) violated("half an event was stored");
    const Byte last = state.published[state.committed - 1U];
    const bool opens_event = (last & 1) == 0 && (last >> 1 == 2 || last >> 1 == 4);
    if (opens_event) violated("half an event was stored");
  }

  void check_final(const State& state) {
    ++outcome_.final_states;
    if (state.committed != state.head) violated("a taken record was never stored");
    if (state.tail != state.head) violated("room was never freed");
    if (state.lane == Lane::claimed) violated("a lane was never given back");
    for (const auto& writer : state.writers)
      if (writer.alive != 0 && writer.pc != Pc::done) violated("a writer waits");
    const int lost_returns =
        state.head - state.returned;  // published, and the caller does not know
    if (lost_returns < 0) violated("step() returned true for what was not taken");
    if (lost_returns > 2 * state.kills_done) violated("more was stored than a kill explains");
  }

  Mutant mutant_;
  Outcome outcome_{};
  FingerprintSet seen_{};
  std::vector<State> to_visit_{};
  int successors_ = 0;
};

}  // namespace

Outcome explore(Mutant mutant, const Bounds& bounds) {
  return Explorer{mutant, bounds}.run();
}

}  // namespace tidemark::protocol_model
