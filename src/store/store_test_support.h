// What the tests of this stage share: a folder that goes away, SQL from another hand, small facts.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace tidemark {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_store_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Another program at the same file. It does not wait for locks.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &db_), SQLITE_OK);
  }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;
  ~OtherProgram() { sqlite3_close(db_); }

  void run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_) << ": " << sql;
  }

  /// The first column of every row; "NULL" where there is none.
  std::vector<std::string> column(const std::string& sql) {
    std::vector<std::string> values;
    const auto add = [](void* into, int, char** texts, char**) {
      static_cast<std::vector<std::string>*>(into)->emplace_back(texts[0] ? texts[0] : "NULL");
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), add, &values, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_) << ": " << sql;
    return values;
  }
  std::string value(const std::string& sql) {
    const auto values = column(sql);
    return values.empty() ? "no row" : values.front();
  }

 private:
  sqlite3* db_ = nullptr;
};

/// Opens for a test that expects success.
inline Store open_store(const std::filesystem::path& file, StoreOptions options = {}) {
  auto store = Store::open(file, options);
  EXPECT_TRUE(store) << store.error().message;
  return std::move(*store);
}

inline StoreOptions reading() {
  return {.read_only = true, .create = false};
}
inline StoreOptions impatient() {
  return {.busy_wait = std::chrono::milliseconds{20}};
}

inline RunInfo run_of(std::string job_id, std::string name = "",
                      double started_at = 1'700'000'000) {
  RunInfo info;
  info.job_id = std::move(job_id);
  info.job_name = std::move(name);
  info.anchor.wall.ns = static_cast<std::int64_t>(started_at) * 1'000'000'000;
  return info;
}

inline RunKey begin(Store& store, const RunInfo& info) {
  const auto run = store.begin_run(info);
  EXPECT_TRUE(run) << run.error().message;
  return run.value_or(RunKey{});
}

inline SampleRow sample_at(double unix_seconds) {
  SampleRow sample;
  sample.unix_seconds = unix_seconds;
  return sample;
}

inline StepRecord step_at(std::int64_t number, double unix_seconds) {
  StepRecord step;
  step.step = number;
  step.unix_seconds = unix_seconds;
  return step;
}

inline RunEnd end_at(double unix_seconds) {
  RunEnd end;
  end.unix_seconds = unix_seconds;
  end.exit.kind = ExitKind::completed;
  return end;
}

template <class Row>
void write_one(Store& store, const RunKey& run, Row row) {
  WriteGroup group;
  group.add(std::move(row));
  const auto written = store.write(run, group, {});
  EXPECT_TRUE(written) << written.error().message;
}

inline std::vector<SampleRow> samples_of(Store& store, const RunKey& run) {
  std::vector<SampleRow> rows;
  const auto read = store.for_each_sample(run, [&](const SampleRow& row) { rows.push_back(row); });
  EXPECT_TRUE(read) << read.error().message;
  return rows;
}

inline std::vector<StepRecord> steps_of(Store& store, const RunKey& run) {
  std::vector<StepRecord> rows;
  const auto read = store.for_each_step(run, [&](const StepRecord& row) { rows.push_back(row); });
  EXPECT_TRUE(read) << read.error().message;
  return rows;
}

/// Runs `act` in a process of its own and gives back what it returns. For what changes a process
/// for good: its user, its limits.
inline int in_child(const std::function<int()>& act) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(act());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The same as a user whom file permissions bind; root passes all of them.
inline int as_ordinary_user(const std::function<int()>& act) {
  return in_child([&] {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) return 99;
    return act();
  });
}

/// For the exit status of a child: 100 and the error's code, 0 for success.
template <class T>
int outcome_of(const Result<T>& result) {
  return result ? 0 : 100 + static_cast<int>(result.error().code);
}
inline int outcome(Errc code) {
  return 100 + static_cast<int>(code);
}

inline constexpr auto kBareContract =
    "CREATE TABLE MetricsSample (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, "
    "timestamp "
    "REAL NOT NULL, total_memory_gb REAL, used_memory_gb REAL, available_memory_gb REAL, "
    "swap_used_gb "
    "REAL, main_process_memory_gb REAL, worker_memory_gb REAL, worker_count INTEGER, "
    "gpu_memory_used_gb REAL, gpu_utilization_percent REAL, cpu_utilization_percent REAL);"
    "CREATE TABLE TrainingEvent (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, "
    "timestamp "
    "REAL NOT NULL, event_type TEXT NOT NULL, details TEXT, memory_snapshot_id INTEGER, FOREIGN "
    "KEY "
    "(memory_snapshot_id) REFERENCES MetricsSample(id));"
    "CREATE TABLE StepMetric (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, step "
    "INTEGER "
    "NOT NULL, timestamp REAL NOT NULL, loss REAL, batch_size INTEGER, gradient_norm REAL, "
    "learning_rate REAL, step_time_seconds REAL);"
    "CREATE TABLE AnalysisReport (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, "
    "created_at REAL NOT NULL, summary TEXT NOT NULL, recommendations TEXT NOT NULL, log_errors "
    "TEXT, "
    "peak_memory_gb REAL, health_score TEXT);";

inline constexpr auto kBareRows =
    "INSERT INTO MetricsSample (job_id, timestamp, total_memory_gb, used_memory_gb, worker_count) "
    "VALUES ('aitk-1', 1700000000, 128, 100.5, 2), ('aitk-1', 1700000005, 128, 101, 2), "
    "('aitk-2', 1700000900, 64, 12, 0);"
    "INSERT INTO TrainingEvent (job_id, timestamp, event_type, details, memory_snapshot_id) VALUES "
    "('aitk-1', 1700000001, 'training_start', '{\"batch_size\": 4}', 1);"
    "INSERT INTO StepMetric (job_id, step, timestamp, loss, batch_size) VALUES "
    "('aitk-1', 1, 1700000002, 0.5, 4), ('aitk-1', 2, 1700000003, 0.25, 4);"
    "INSERT INTO AnalysisReport (job_id, created_at, summary, recommendations, peak_memory_gb, "
    "health_score) VALUES ('aitk-1', 1700000010, '{}', '[]', 101, '\"warning\"');";

}  // namespace tidemark
