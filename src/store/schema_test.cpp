#include <cmath>
#include <set>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

std::string create_sql(const std::filesystem::path& file, const std::string& table) {
  return OtherProgram(file).value("SELECT sql FROM sqlite_master WHERE name = '" + table + "'");
}

// The contract's own words, of which each table must begin with.
TEST(Schema, the_contracts_columns_come_first_to_the_letter) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  open_store(file);
  EXPECT_TRUE(
      create_sql(file, "MetricsSample")
          .starts_with("CREATE TABLE MetricsSample (id INTEGER PRIMARY KEY AUTOINCREMENT, "
                       "job_id TEXT NOT NULL, timestamp REAL NOT NULL, total_memory_gb REAL, "
                       "used_memory_gb REAL, available_memory_gb REAL, swap_used_gb REAL, "
                       "main_process_memory_gb REAL, worker_memory_gb REAL, worker_count INTEGER, "
                       "gpu_memory_used_gb REAL, gpu_utilization_percent REAL, "
                       "cpu_utilization_percent REAL, run_id INTEGER,"));
  EXPECT_EQ(
      create_sql(file, "TrainingEvent"),
      "CREATE TABLE TrainingEvent (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, "
      "timestamp REAL NOT NULL, event_type TEXT NOT NULL, details TEXT, memory_snapshot_id "
      "INTEGER, "
      "run_id INTEGER, rank INTEGER, FOREIGN KEY (memory_snapshot_id) REFERENCES "
      "MetricsSample(id))");
  EXPECT_TRUE(
      create_sql(file, "StepMetric")
          .starts_with("CREATE TABLE StepMetric (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT "
                       "NOT NULL, step INTEGER NOT NULL, timestamp REAL NOT NULL, loss REAL, "
                       "batch_size INTEGER, gradient_norm REAL, learning_rate REAL, "
                       "step_time_seconds REAL, run_id INTEGER, rank INTEGER, source TEXT,"));
  EXPECT_EQ(
      create_sql(file, "AnalysisReport"),
      "CREATE TABLE AnalysisReport (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, "
      "created_at REAL NOT NULL, summary TEXT NOT NULL, recommendations TEXT NOT NULL, log_errors "
      "TEXT, peak_memory_gb REAL, health_score TEXT, run_id INTEGER, analysis TEXT)");
}

TEST(Schema, another_writer_can_insert_with_the_contracts_columns_alone) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  OtherProgram other{folder / "t.db"};
  other.run(kBareRows);
  EXPECT_EQ(other.value("SELECT count(*) FROM MetricsSample"), "3");
}

// What ai-toolkit's schema tool can express: a primary key everywhere, plain indexes, no JSON.
TEST(Schema, every_table_can_be_a_prisma_model) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  OtherProgram other{folder / "t.db"};
  for (const auto& table : store_layout()) {
    const std::string name{table.name};
    EXPECT_NE(other.value("SELECT count(*) FROM pragma_table_info('" + name + "') WHERE pk > 0"),
              "0")
        << name;
    EXPECT_EQ(other.value("SELECT count(*) FROM pragma_table_info('" + name +
                          "') WHERE type NOT IN ('INTEGER', 'BIGINT', 'REAL', 'TEXT')"),
              "0")
        << name;
  }
  EXPECT_EQ(other.value("SELECT count(*) FROM sqlite_master WHERE type IN ('view', 'trigger')"),
            "0");
  EXPECT_EQ(
      other.column(
          "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"),
      (Values{
          "CREATE INDEX AnalysisReport_job_id_run_id_idx ON AnalysisReport(job_id, run_id)",
          "CREATE INDEX MetricsSample_job_id_run_id_timestamp_idx ON MetricsSample(job_id, run_id, "
          "timestamp)",
          "CREATE INDEX StepMetric_job_id_run_id_step_idx ON StepMetric(job_id, run_id, step)",
          "CREATE INDEX TidemarkAllocatorSample_run_id_timestamp_idx ON "
          "TidemarkAllocatorSample(run_id, "
          "timestamp)",
          "CREATE INDEX TidemarkGpuProcess_sample_id_idx ON TidemarkGpuProcess(sample_id)",
          "CREATE INDEX TidemarkGpuSample_sample_id_idx ON TidemarkGpuSample(sample_id)",
          "CREATE INDEX TidemarkJournal_run_id_idx ON TidemarkJournal(run_id)",
          "CREATE INDEX TidemarkLogFinding_run_id_idx ON TidemarkLogFinding(run_id)",
          "CREATE INDEX TidemarkLogIndex_run_id_idx ON TidemarkLogIndex(run_id)",
          "CREATE INDEX TidemarkModel_identity_idx ON TidemarkModel(identity)",
          "CREATE INDEX TidemarkPrediction_run_id_idx ON TidemarkPrediction(run_id)",
          "CREATE INDEX TidemarkProcessSample_sample_id_idx ON TidemarkProcessSample(sample_id)",
          "CREATE INDEX TidemarkRun_job_id_number_idx ON TidemarkRun(job_id, number)",
          "CREATE INDEX TidemarkTenant_sample_id_idx ON TidemarkTenant(sample_id)",
          "CREATE INDEX TrainingEvent_job_id_run_id_timestamp_idx ON TrainingEvent(job_id, run_id, "
          "timestamp)"}));
}

TEST(Schema, the_layout_names_exactly_the_tables_and_columns_of_a_new_file) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  OtherProgram other{folder / "t.db"};
  std::set<std::string> expected;
  for (const auto& table : store_layout()) {
    expected.insert(std::string{table.name});
    Values columns;
    for (const auto& column : table.columns) columns.emplace_back(column.name);
    EXPECT_EQ(other.column("SELECT name FROM pragma_table_info('" + std::string{table.name} + "')"),
              columns);
  }
  const auto found = other.column(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  EXPECT_EQ((std::set<std::string>{found.begin(), found.end()}), expected);
}

TEST(Schema, its_version_is_in_a_table_of_its_own_and_not_in_user_version) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT value FROM TidemarkMeta WHERE key = 'schema_version'"), "3");
  EXPECT_EQ(other.value("PRAGMA user_version"), "0");
}

TEST(Schema, opening_a_current_file_again_writes_nothing) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  OtherProgram other{folder / "t.db"};
  const auto before = other.value("PRAGMA data_version");
  const auto schema = other.value("PRAGMA schema_version");
  open_store(folder / "t.db");
  EXPECT_EQ(other.value("PRAGMA data_version"), before);
  EXPECT_EQ(other.value("PRAGMA schema_version"), schema);
}

TEST(Schema, a_file_of_our_own_uses_wal) {
  const TemporaryFolder folder;
  open_store(folder / "t.db");
  EXPECT_EQ(OtherProgram(folder / "t.db").value("PRAGMA journal_mode"), "wal");
}

TEST(Schema, somebody_elses_file_keeps_its_journal_mode_and_its_user_version) {
  const TemporaryFolder folder;
  const auto file = folder / "aitk_db.db";
  {
    OtherProgram other{file};
    other.run(
        "PRAGMA user_version = 77; CREATE TABLE Job (id TEXT NOT NULL PRIMARY KEY, name TEXT);"
        "INSERT INTO Job VALUES ('j', 'my_lora')");
  }
  auto store = open_store(file);
  const auto run = begin(store, run_of("j"));
  write_one(store, run, sample_at(1));
  ASSERT_TRUE(store.sync());
  OtherProgram other{file};
  EXPECT_EQ(other.value("PRAGMA journal_mode"), "delete");
  EXPECT_EQ(other.value("PRAGMA user_version"), "77");
  EXPECT_EQ(other.value("SELECT name FROM Job"), "my_lora");
  EXPECT_EQ(samples_of(store, run).size(), 1U);
}

TEST(Schema, somebody_elses_wal_stays_wal) {
  const TemporaryFolder folder;
  const auto file = folder / "aitk_db.db";
  OtherProgram(file).run(
      "PRAGMA journal_mode = WAL; CREATE TABLE Job (id TEXT NOT NULL PRIMARY KEY)");
  open_store(file);
  EXPECT_EQ(OtherProgram(file).value("PRAGMA journal_mode"), "wal");
}

TEST(Schema, the_bare_contract_with_rows_of_another_writer_is_completed_in_place) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  {
    OtherProgram other{file};
    other.run(kBareContract);
    other.run(kBareRows);
  }
  auto store = open_store(file);
  const auto run = begin(store, run_of("aitk-1"));
  EXPECT_EQ(run.number, 2);
  auto sample = sample_at(1'700'005'000);
  sample.main_rss = gib(3);
  write_one(store, run, sample);
  EXPECT_EQ(samples_of(store, run).at(0).main_rss, gib(3));
  EXPECT_EQ(samples_of(store, {.id = 0, .job_id = "aitk-1", .number = 1}).size(), 2U);
}

TEST(Schema, a_column_and_an_index_that_are_missing_are_added) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  open_store(file);
  {
    OtherProgram other{file};
    other.run(
        "DROP INDEX StepMetric_job_id_run_id_step_idx; ALTER TABLE StepMetric DROP COLUMN "
        "nan_columns;"
        "DROP TABLE TidemarkDrop");
  }
  auto store = open_store(file);
  const auto run = begin(store, run_of("job"));
  auto step = step_at(1, 1);
  step.loss = std::nan("");
  write_one(store, run, step);
  EXPECT_TRUE(std::isnan(steps_of(store, run).at(0).loss.value()));
  EXPECT_EQ(OtherProgram(file).value("SELECT count(*) FROM sqlite_master WHERE name IN "
                                     "('StepMetric_job_id_run_id_step_idx', 'TidemarkDrop')"),
            "2");
}

TEST(Schema, a_later_schema_is_refused_and_not_touched) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  OtherProgram(file).run(
      "CREATE TABLE TidemarkMeta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);"
      "INSERT INTO TidemarkMeta VALUES ('schema_version', '4')");
  for (const auto& options : {StoreOptions{}, reading()}) {
    const auto store = Store::open(file, options);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::too_new);
    EXPECT_NE(store.error().message.find("schema 4"), std::string::npos) << store.error().message;
  }
  OtherProgram other{file};
  EXPECT_EQ(other.value("SELECT count(*) FROM sqlite_master WHERE type = 'table'"), "1");
  EXPECT_EQ(other.value("PRAGMA journal_mode"), "delete");
}

TEST(Schema, a_table_of_that_name_with_another_meaning_is_refused_and_not_touched) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  OtherProgram(file).run("CREATE TABLE StepMetric (id INTEGER PRIMARY KEY, title TEXT)");
  const auto store = Store::open(file);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::corrupt);
  EXPECT_EQ(OtherProgram(file).value("SELECT count(*) FROM sqlite_master"), "1");
}

TEST(Schema, reading_an_older_layout_changes_nothing_in_the_file) {
  const TemporaryFolder folder;
  const auto file = folder / "t.db";
  {
    OtherProgram other{file};
    other.run(kBareContract);
    other.run(kBareRows);
  }
  const auto size = std::filesystem::file_size(file);
  const auto written = std::filesystem::last_write_time(file);
  auto store = open_store(file, reading());
  const auto run = store.run("aitk-1");
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(samples_of(store, run->key).size(), 2U);
  EXPECT_EQ(steps_of(store, run->key).size(), 2U);
  EXPECT_EQ(store.events(run->key)->size(), 1U);
  EXPECT_EQ(store.begin_run(run_of("aitk-1")).error().code, Errc::read_only);
  EXPECT_EQ(store.remove_job("aitk-1").error().code, Errc::read_only);
  EXPECT_EQ(store.prune(2e9, 0).error().code, Errc::read_only);
  EXPECT_EQ(std::filesystem::file_size(file), size);
  EXPECT_EQ(std::filesystem::last_write_time(file), written);
}

TEST(Schema, reading_a_database_without_our_tables_finds_no_jobs) {
  const TemporaryFolder folder;
  OtherProgram(folder / "t.db").run("CREATE TABLE Job (id TEXT NOT NULL PRIMARY KEY)");
  auto store = open_store(folder / "t.db", reading());
  const auto jobs = store.jobs();
  ASSERT_TRUE(jobs) << jobs.error().message;
  EXPECT_TRUE(jobs->empty());
}

// tests/old_stores: one file per released schema, never edited. Copied, because opening may
// upgrade.
std::filesystem::path copy_of(const TemporaryFolder& folder, const std::string& name) {
  std::filesystem::copy_file("tests/old_stores/" + name, folder / name);
  return folder / name;
}

TEST(Schema, opens_the_released_schema_1) {
  const TemporaryFolder folder;
  const auto file = copy_of(folder, "v1.db");
  for (const auto& options : {reading(), StoreOptions{}}) {
    auto store = open_store(file, options);
    const auto jobs = store.jobs();
    ASSERT_TRUE(jobs) << jobs.error().message;
    ASSERT_EQ(jobs->size(), 1U);
    EXPECT_EQ(jobs->at(0).job_id, "0e7d2c1a-5b1f-4b8e-9c64-2f1f0f6f7a11");
    EXPECT_EQ(jobs->at(0).name, "portrait_lora");
    EXPECT_EQ(jobs->at(0).run_count, 2);
    EXPECT_EQ(jobs->at(0).peak_memory_gb, 71.5);
    EXPECT_EQ(jobs->at(0).last_step, 3);
    const auto run = store.run(jobs->at(0).job_id);
    ASSERT_TRUE(run && run->end);
    EXPECT_EQ(run->end->exit.kind, ExitKind::oom_killed);
    EXPECT_EQ(run->drops.of(Drop::tick_late), 2U);
    const auto samples = samples_of(store, run->key);
    ASSERT_EQ(samples.size(), 2U);
    EXPECT_EQ(samples[0].cgroup_limit, gib(96));
    EXPECT_EQ(samples[1].gpus.at(0).memory_used, gib(40));
    EXPECT_EQ(store.processes(samples[1].id)->at(0).name, "python");
    EXPECT_TRUE(std::isnan(steps_of(store, run->key).at(2).loss.value()));
    EXPECT_EQ(store.events(run->key)->at(0).event.type, "oom_kill");
  }
}

TEST(Schema, opens_the_released_schema_2) {
  const TemporaryFolder folder;
  const auto file = copy_of(folder, "v2.db");
  for (const auto& options : {reading(), StoreOptions{}}) {
    auto store = open_store(file, options);
    const auto run = store.run("0e7d2c1a-5b1f-4b8e-9c64-2f1f0f6f7a11");
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->key.number, 2);
    const auto samples = samples_of(store, run->key);
    ASSERT_EQ(samples.size(), 2U);
    EXPECT_EQ(samples[1].tenants.at(0).name, "comfyui");
    EXPECT_EQ(store.log_errors(run->key)->at(0).message, "Killed");
    EXPECT_EQ(store.log_marks(run->key)->at(0).byte_offset, 4096);
    EXPECT_EQ((*store.journal("j-1"))->position, "12:34");
    std::int64_t allocators = 0;
    ASSERT_TRUE(store.for_each_allocator_record(run->key, [&](const AllocatorRecord& record) {
      EXPECT_EQ(record.reserved, gib(36));
      ++allocators;
    }));
    EXPECT_EQ(allocators, 1);
    EXPECT_TRUE(store.report(run->key)->has_value());
  }
  OtherProgram other{file};
  EXPECT_EQ(other.value("SELECT value FROM TidemarkMeta"), "3");
}

TEST(Schema, opens_the_contracts_four_tables_alone) {
  const TemporaryFolder folder;
  const auto file = copy_of(folder, "bare-contract-four-tables.db");
  for (const auto& options : {reading(), StoreOptions{}}) {
    auto store = open_store(file, options);
    const auto jobs = store.jobs();
    ASSERT_TRUE(jobs) << jobs.error().message;
    ASSERT_EQ(jobs->size(), 2U);
    EXPECT_EQ(jobs->at(1).job_id, "aitk-1");
    EXPECT_EQ(jobs->at(1).last_step, 2);
    EXPECT_EQ(samples_of(store, jobs->at(1).latest.key).at(0).used, Bytes{107'911'053'312});
  }
}

}  // namespace
}  // namespace tidemark
