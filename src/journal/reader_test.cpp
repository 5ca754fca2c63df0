#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <span>

#include "journal/journal.h"
#include "journal/journal_for_test.h"
#include "journal/layout.h"

namespace tidemark {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Steps = std::vector<std::int64_t>;

/// Changes the file behind everybody's back.
void scribble(const std::filesystem::path& path, std::uint64_t offset, std::string_view bytes) {
  const UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)),
            static_cast<ssize_t>(bytes.size()));
}

std::uint64_t slot_offset(std::uint64_t slot) {
  return tidemark_slots_offset + slot * tidemark_slot_bytes;
}

TEST(JournalReader, gives_back_a_step_with_all_its_values) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  reader.set_anchor({.boot = {0}, .wall = {0}});
  ASSERT_TRUE(writer.step({.step = 41,
                           .loss = 0.125,
                           .batch_size = 4,
                           .gradient_norm = 1e300,
                           .learning_rate = 1e-4,
                           .step_time_seconds = 0.25,
                           .data_wait_seconds = 0.0}));
  const auto drained = drain_all(reader);
  ASSERT_EQ(drained.records.size(), 1U);
  const auto& step = std::get<StepRecord>(drained.records[0]);
  EXPECT_EQ(step.step, 41);
  EXPECT_EQ(step.loss, 0.125);
  EXPECT_EQ(step.batch_size, 4);
  EXPECT_EQ(step.gradient_norm, 1e300);
  EXPECT_EQ(step.learning_rate, 1e-4);
  EXPECT_EQ(step.step_time_seconds, 0.25);
  EXPECT_EQ(step.data_wait_seconds, 0.0);
  EXPECT_EQ(step.source, StepSource::hook);
  EXPECT_GT(step.unix_seconds, 0.0);  // seconds since boot, by the anchor above
}

TEST(JournalReader, tells_a_completion_from_a_step) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  tidemark_step_values late{};
  late.step = 41;
  late.time_ns = 5'000'000'000;
  late.present = tidemark_has_loss;
  late.loss = 0.125;
  ASSERT_TRUE(writer.step({.step = 41, .batch_size = 4}));
  ASSERT_TRUE(tidemark_journal_step_completion(writer.handle(), &late));
  reader.set_anchor({.boot = {0}, .wall = {0}});
  const auto drained = drain_all(reader);
  ASSERT_EQ(drained.records.size(), 2U);
  EXPECT_EQ(drained.unknown_kind, 0U);
  EXPECT_FALSE(std::get<StepRecord>(drained.records[0]).completes);
  const auto& completion = std::get<StepRecord>(drained.records[1]);
  EXPECT_TRUE(completion.completes);
  EXPECT_EQ(completion.step, 41);
  EXPECT_EQ(completion.loss, 0.125);
  EXPECT_FALSE(completion.batch_size);
  EXPECT_EQ(completion.unix_seconds, 5.0) << "stamped by the step that it completes";
}

TEST(JournalReader, tells_nan_and_infinity_from_absent) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.step(
      {.step = 1, .loss = kNan, .gradient_norm = kInfinity, .step_time_seconds = -kInfinity}));
  ASSERT_TRUE(writer.step({.step = 2}));
  const auto drained = drain_all(reader);
  ASSERT_EQ(drained.records.size(), 2U);
  const auto& odd = std::get<StepRecord>(drained.records[0]);
  ASSERT_TRUE(odd.loss);
  EXPECT_TRUE(std::isnan(*odd.loss));
  EXPECT_EQ(odd.gradient_norm, kInfinity);
  EXPECT_EQ(odd.step_time_seconds, -kInfinity);
  EXPECT_FALSE(odd.learning_rate);
  const auto& bare = std::get<StepRecord>(drained.records[1]);
  EXPECT_FALSE(bare.loss || bare.batch_size || bare.gradient_norm || bare.learning_rate ||
               bare.step_time_seconds || bare.data_wait_seconds);
}

TEST(JournalReader, stamps_records_by_the_journals_wall_anchor) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  const auto anchor = reader.info().anchor;
  ASSERT_TRUE(writer.step({.step = 1}));
  const auto drained = drain_all(reader);
  const auto at = std::get<StepRecord>(drained.records.at(0)).unix_seconds;
  EXPECT_GE(at, anchor.unix_seconds(anchor.boot));
  EXPECT_LT(at, anchor.unix_seconds(anchor.boot) + 3600);
}

TEST(JournalReader, gives_back_events_of_any_length_in_order_with_steps) {
  const JournalForTest journal{8192};
  auto writer = journal.writer();
  auto reader = journal.reader();
  const std::string longest(tidemark_max_details_bytes, 'x');
  ASSERT_TRUE(writer.event("training_start"));
  ASSERT_TRUE(writer.step({.step = 1}));
  ASSERT_TRUE(writer.event("batch_size_change", R"({"old": 4, "new": 2})"));
  ASSERT_TRUE(writer.event("config", longest));
  ASSERT_TRUE(writer.phase("sampling", true));
  ASSERT_TRUE(writer.phase("sampling", false));
  const auto drained = drain_all(reader);
  ASSERT_EQ(drained.records.size(), 6U);
  EXPECT_EQ(std::get<EventRecord>(drained.records[0]).type, "training_start");
  EXPECT_EQ(std::get<EventRecord>(drained.records[0]).details, "");
  EXPECT_EQ(std::get<EventRecord>(drained.records[2]).type, "batch_size_change");
  EXPECT_EQ(std::get<EventRecord>(drained.records[2]).details, R"({"old": 4, "new": 2})");
  EXPECT_EQ(std::get<EventRecord>(drained.records[3]).details, longest);
  EXPECT_EQ(std::get<PhaseRecord>(drained.records[4]).name, "sampling");
  EXPECT_TRUE(std::get<PhaseRecord>(drained.records[4]).begins);
  EXPECT_FALSE(std::get<PhaseRecord>(drained.records[5]).begins);
  EXPECT_EQ(drained.malformed, 0U);
}

TEST(JournalReader, every_length_of_details_survives_the_slot_boundaries) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  JournalPosition position;
  for (std::size_t length = 0; length < 300; ++length) {
    const std::string details(length, static_cast<char>('a' + length % 26));
    ASSERT_TRUE(writer.event("of_some_type", details)) << length;
    const auto drained = drain_all(reader, position);
    ASSERT_EQ(drained.records.size(), 1U) << length;
    EXPECT_EQ(std::get<EventRecord>(drained.records[0]).details, details);
    position = drained.position;
    ASSERT_TRUE(reader.release(position));
  }
}

TEST(JournalReader, gives_back_allocator_statistics) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  tidemark_allocator_values values{};
  values.step = -1;
  values.device_kind = tidemark_device_cuda;
  values.device_index = 3;
  values.allocated_bytes = 5;
  values.reserved_bytes = 6;
  values.peak_allocated_bytes = 7;
  values.peak_reserved_bytes = std::numeric_limits<std::uint64_t>::max();
  ASSERT_TRUE(tidemark_journal_allocator(writer.handle(), &values));
  const auto drained = drain_all(reader);
  const auto& allocator = std::get<AllocatorRecord>(drained.records.at(0));
  EXPECT_EQ(allocator.device, AllocatorRecord::Device::cuda);
  EXPECT_EQ(allocator.device_index, 3U);
  EXPECT_FALSE(allocator.step);
  EXPECT_EQ(allocator.allocated, Bytes{5});
  EXPECT_EQ(allocator.peak_reserved, Bytes{std::numeric_limits<std::int64_t>::max()});
}

TEST(JournalReader, texts_that_are_no_utf8_are_made_so) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.event("a\xff", "b\x1b[31m"));
  const auto drained = drain_all(reader);
  EXPECT_EQ(std::get<EventRecord>(drained.records.at(0)).type, "a\xEF\xBF\xBD");
  EXPECT_EQ(std::get<EventRecord>(drained.records.at(0)).details, "b [31m");
}

TEST(JournalReader, gives_nothing_twice_and_again_what_was_not_committed) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer.step({.step = i}));
  const auto first = drain_all(reader);
  EXPECT_EQ(steps_of(first), (Steps{0, 1, 2}));
  ASSERT_TRUE(writer.step({.step = 3}));
  EXPECT_EQ(steps_of(drain_all(reader)), (Steps{0, 1, 2, 3}));
  EXPECT_EQ(steps_of(drain_all(reader, first.position)), (Steps{3}));
}

TEST(JournalReader, stops_at_the_number_of_records_asked_for) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer.step({.step = i}));
  const auto part = reader.drain({}, 4);
  ASSERT_TRUE(part);
  EXPECT_EQ(steps_of(*part), (Steps{0, 1, 2, 3}));
  EXPECT_TRUE(part->more);
  const auto rest = reader.drain(part->position, 6);
  ASSERT_TRUE(rest);
  EXPECT_EQ(steps_of(*rest), (Steps{4, 5, 6, 7, 8, 9}));
  EXPECT_FALSE(rest->more);
}

TEST(JournalReader, a_new_reader_without_a_position_begins_at_what_was_released) {
  const JournalForTest journal;
  auto writer = journal.writer();
  {
    auto reader = journal.reader();
    ASSERT_TRUE(writer.step({.step = 1}));
    const auto drained = drain_all(reader);
    ASSERT_TRUE(reader.release(drained.position));
  }
  ASSERT_TRUE(writer.step({.step = 2}));
  auto reader = journal.reader();
  EXPECT_EQ(steps_of(drain_all(reader)), (Steps{2}));
}

TEST(JournalReader, only_one_drains_at_a_time) {
  const JournalForTest journal;
  auto first = std::optional{journal.reader()};
  const auto second = JournalReader::open(journal.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  first.reset();
  EXPECT_TRUE(JournalReader::open(journal.path()));
}

TEST(JournalReader, refuses_a_position_of_another_journal) {
  const JournalForTest journal;
  const JournalForTest other;
  auto reader = journal.reader();
  const auto position = other.reader().drain({})->position;
  EXPECT_EQ(reader.drain(position).error().code, Errc::invalid);
  EXPECT_EQ(reader.release(position).error().code, Errc::invalid);
  EXPECT_EQ(reader.release({}).error().code, Errc::invalid);
}

TEST(JournalReader, counts_a_scribbled_step_and_delivers_its_neighbours) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(writer.step({.step = i, .loss = 1.0}));
  scribble(journal.path(), slot_offset(1) + 32, "\x01");
  scribble(journal.path(), slot_offset(2), "\x09");
  const auto drained = drain_all(reader);
  EXPECT_EQ(steps_of(drained), (Steps{0, 3}));
  EXPECT_EQ(drained.malformed, 2U);
}

TEST(JournalReader, a_slot_copied_to_another_place_is_no_record) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(writer.step({.step = i}));
  std::string slot(tidemark_slot_bytes, '\0');
  const UniqueFd fd{::open(journal.path().c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(::pread(fd.get(), slot.data(), slot.size(), tidemark_slots_offset), 64);
  scribble(journal.path(), slot_offset(1), slot);
  const auto drained = drain_all(reader);
  EXPECT_EQ(steps_of(drained), (Steps{0}));
  EXPECT_EQ(drained.malformed, 1U);
}

TEST(JournalReader, a_spoiled_event_counts_once_whichever_of_its_slots_is_hit) {
  for (const int hit : {0, 1, 2}) {
    const JournalForTest journal;
    auto writer = journal.writer();
    auto reader = journal.reader();
    ASSERT_TRUE(writer.step({.step = 1}));
    ASSERT_TRUE(writer.event("ev", std::string(120, 'x')));  // 3 slots: 32 + 48 + 48 bytes
    ASSERT_TRUE(writer.step({.step = 2}));
    scribble(journal.path(), slot_offset(1 + static_cast<std::uint64_t>(hit)) + 20, "!");
    const auto drained = drain_all(reader);
    EXPECT_EQ(drained.records.size(), 2U) << hit;
    EXPECT_EQ(steps_of(drained), (Steps{1, 2})) << hit;
    EXPECT_EQ(drained.malformed, 1U) << hit;
  }
}

TEST(JournalReader, skips_and_counts_kinds_of_a_later_version) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer.step({.step = i}));
  tidemark_identity identity{};
  tidemark_slot slot{};
  const UniqueFd fd{::open(journal.path().c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(::pread(fd.get(), &identity, sizeof identity, 0), 136);
  ASSERT_EQ(::pread(fd.get(), &slot, sizeof slot, static_cast<off_t>(slot_offset(1))), 64);
  slot.kind = 77;
  slot.checksum = tidemark_slot_checksum(&slot, 1, identity.salt);
  scribble(journal.path(), slot_offset(1), {reinterpret_cast<const char*>(&slot), sizeof slot});
  const auto drained = drain_all(reader);
  EXPECT_EQ(steps_of(drained), (Steps{0, 2}));
  EXPECT_EQ(drained.unknown_kind, 1U);
  EXPECT_EQ(drained.malformed, 0U);
}

TEST(JournalReader, positions_that_make_no_sense_are_reported_and_not_followed) {
  const JournalForTest journal;
  auto writer = journal.writer();
  auto reader = journal.reader();
  ASSERT_TRUE(writer.step({.step = 1}));
  const auto head_at = lane_entry_offset(0) + offsetof(tidemark_lane, head_word);
  for (const std::uint64_t position : {std::uint64_t{1025}, std::uint64_t{1} << 47}) {
    const std::uint64_t word = tidemark_position_word(position);
    scribble(journal.path(), head_at, {reinterpret_cast<const char*>(&word), sizeof word});
    const auto drained = drain_all(reader);
    EXPECT_TRUE(drained.records.empty());
    EXPECT_EQ(drained.unreadable_lanes, 1U);
  }
  scribble(journal.path(), head_at, "half");
  EXPECT_EQ(drain_all(reader).unreadable_lanes, 1U);
}

TEST(JournalReader, a_committed_position_ahead_of_the_lane_is_reported) {
  const JournalForTest journal;
  auto reader = journal.reader();
  const JournalPosition position{.journal_id = reader.info().id, .next = {5}};
  const auto drained = drain_all(reader, position);
  EXPECT_EQ(drained.unreadable_lanes, 1U);
  EXPECT_EQ(drained.position.next[0], 5U);
}

TEST(JournalReader, survives_truncation_while_it_is_open) {
  const JournalForTest journal;
  {
    auto writer = journal.writer();
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(writer.step({.step = i}));
  }
  auto reader = journal.reader();
  const auto cut = [&journal](std::uint64_t bytes) {
    ASSERT_EQ(::truncate(journal.path().c_str(), static_cast<off_t>(bytes)), 0);
  };
  cut(slot_offset(3) + 10);
  const auto some = drain_all(reader);
  EXPECT_EQ(steps_of(some), (Steps{0, 1, 2}));
  EXPECT_EQ(some.unreadable_lanes, 1U);
  EXPECT_EQ(some.position.next[0], 3U);
  cut(100);
  const auto none = drain_all(reader);
  EXPECT_TRUE(none.records.empty());
  EXPECT_EQ(none.unreadable_lanes, 64U);
  EXPECT_EQ(reader.counts().error().code, Errc::malformed);
  EXPECT_EQ(reader.label(), "");
}

TEST(JournalReader, refuses_what_is_no_journal_and_what_is_of_a_later_version) {
  const JournalForTest journal;
  const std::uint16_t later = 2;
  scribble(journal.path(), 12, {reinterpret_cast<const char*>(&later), 2});
  EXPECT_EQ(JournalReader::open(journal.path()).error().code, Errc::too_new);
  EXPECT_EQ(JournalWriter::open(journal.path()).error().code, Errc::too_new);
  scribble(journal.path(), 0, "tide");
  EXPECT_EQ(JournalReader::open(journal.path()).error().code, Errc::malformed);
  EXPECT_EQ(JournalWriter::open(journal.path()).error().code, Errc::malformed);
  EXPECT_EQ(JournalReader::open(journal.folder() / "none").error().code, Errc::not_found);
  EXPECT_EQ(JournalWriter::open(journal.folder() / "none").error().code, Errc::not_found);
}

TEST(JournalReader, keeps_the_label_through_a_half_written_new_one) {
  const JournalForTest journal;
  auto reader = journal.reader();
  EXPECT_EQ(reader.label(), "of a test");
  ASSERT_TRUE(reader.set_label("second"));
  EXPECT_EQ(reader.label(), "second");
  ASSERT_TRUE(reader.set_label("third"));
  EXPECT_EQ(reader.label(), "third");
  scribble(journal.path(), tidemark_label_offset + tidemark_label_bytes + 24, "T");  // copy B
  EXPECT_EQ(reader.label(), "second");
  EXPECT_EQ(reader.set_label(std::string(8169, 'x')).error().code, Errc::invalid);
}

TEST(JournalReader, adds_the_writers_counts_to_the_runs_drops) {
  DropCounters drops;
  add_drops({.records_taken = 9,
             .dropped_full = 1,
             .dropped_no_lane = 2,
             .dropped_too_large = 3,
             .dropped_disabled = 4},
            drops);
  EXPECT_EQ(drops.of(Drop::journal_full), 1U);
  EXPECT_EQ(drops.of(Drop::journal_no_lane), 2U);
  EXPECT_EQ(drops.of(Drop::journal_too_large), 3U);
  EXPECT_EQ(drops.of(Drop::journal_disabled), 4U);
}

TEST(JournalPosition, survives_its_text) {
  const JournalPosition position{.journal_id = "0123456789abcdef0123456789abcdef",
                                 .next = {7, 0, 9}};
  EXPECT_EQ(encode(position), "0123456789abcdef0123456789abcdef 0:7,2:9");
  const auto back = decode_journal_position(encode(position));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, position);
  EXPECT_TRUE(decode_journal_position("0123456789abcdef0123456789abcdef"));
  for (const char* const text :
       {"", "short 0:1",
        "0123456789abcdef0123456789abcdef 0:", "0123456789abcdef0123456789abcdef 64:1",
        "0123456789abcdef0123456789abcdef 0:1;", "0123456789abcdef0123456789abcdef 0:-1"})
    EXPECT_FALSE(decode_journal_position(text)) << text;
}

}  // namespace
}  // namespace tidemark
