// A database made by another hand, as these tests read it.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace tidemark {

class DatabaseFile {
 public:
  explicit DatabaseFile(const std::string& name) {
    auto pattern = (std::filesystem::temp_directory_path() / "tidemark_client_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    open(folder_ / name);
  }
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;
  ~DatabaseFile() {
    sqlite3_close(db_);
    std::filesystem::remove_all(folder_);
  }

  DatabaseFile& run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_) << ": " << sql;
    return *this;
  }
  /// The same name, another file.
  void replace() {
    sqlite3_close(db_);
    for (const auto* ending : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + ending);
    open(path_);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  void open(const std::filesystem::path& path) {
    path_ = path;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &db_), SQLITE_OK);
  }
  std::filesystem::path folder_;
  std::filesystem::path path_;
  sqlite3* db_ = nullptr;
};

}  // namespace tidemark
