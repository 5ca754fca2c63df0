// A small journal in a folder of its own, for the tests of this stage.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "journal/journal.h"
#include "os/unique_fd.h"

namespace tidemark {

/// A new folder, in memory where there is /dev/shm, and gone with this object.
class FolderForTest {
 public:
  FolderForTest() {
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    std::string name = memory ? "/dev/shm/tidemark-test-XXXXXX" : "/tmp/tidemark-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~FolderForTest() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  FolderForTest(const FolderForTest&) = delete;
  FolderForTest& operator=(const FolderForTest&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_{};
};

class JournalForTest {
 public:
  explicit JournalForTest(std::uint32_t slots_per_lane = 1024,
                          std::uint32_t lanes_with_memory = 1) {
    auto made = create_journal({.folder = folder_.path() / "j",
                                .label = "of a test",
                                .slots_per_lane = slots_per_lane,
                                .lanes_with_memory = lanes_with_memory});
    EXPECT_TRUE(made) << made.error().message;
    if (made) path_ = *std::move(made);
  }
  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  JournalWriter writer() const {
    auto writer = JournalWriter::open(path_);
    EXPECT_TRUE(writer) << writer.error().message;
    return *std::move(writer);
  }
  JournalReader reader() const {
    auto reader = JournalReader::open(path_);
    EXPECT_TRUE(reader) << reader.error().message;
    return *std::move(reader);
  }

 private:
  FolderForTest folder_{};
  std::filesystem::path path_{};
};

/// Everything behind `from`, without a release.
inline Drained drain_all(JournalReader& reader, const JournalPosition& from = {}) {
  Drained all{.position = from};
  for (bool more = true; more;) {
    auto part = reader.drain(all.position);
    EXPECT_TRUE(part) << part.error().message;
    if (!part) break;
    for (auto& record : part->records) all.records.push_back(std::move(record));
    all.malformed += part->malformed;
    all.unknown_kind += part->unknown_kind;
    all.unreadable_lanes = part->unreadable_lanes;
    all.position = std::move(part->position);
    more = part->more;
  }
  return all;
}

inline std::vector<std::int64_t> steps_of(const Drained& drained) {
  std::vector<std::int64_t> steps;
  for (const auto& record : drained.records)
    if (const auto* const step = std::get_if<StepRecord>(&record)) steps.push_back(step->step);
  return steps;
}

}  // namespace tidemark
