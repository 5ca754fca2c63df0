#include "store/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace tidemark {
namespace {

// The system's own reason decides where SQLite's code is only "could not open" or "I/O error":
// a quota (EDQUOT) or a file size limit (EFBIG) is a full disk to the user, and SQLite reports
// neither as SQLITE_FULL.
Errc code_of_errno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Errc::full;
    case EACCES:
    case EPERM:
      return Errc::permission;
    case EROFS:
      return Errc::read_only;
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case EISDIR:
      return Errc::corrupt;
    default:
      return Errc::io;
  }
}

int last_errno(sqlite3_file* file) {
  int error_number = 0;
  if (file == nullptr || file->pMethods == nullptr ||
      file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error_number) != SQLITE_OK)
    return 0;
  return error_number;
}

// A failed COMMIT does not pass on the system's reason (seen with 3.40: sqlite3_system_errno is 0);
// the file that could not be written, database or WAL, still has it.
int reason_of(sqlite3* db, int primary) {
  if (primary != SQLITE_IOERR) return sqlite3_system_errno(db);
  sqlite3_file* main_file = nullptr;
  sqlite3_file* journal = nullptr;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &main_file);
  sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal);
  for (const int error_number : {last_errno(main_file), last_errno(journal)})
    if (code_of_errno(error_number) == Errc::full) return error_number;
  return sqlite3_system_errno(db);
}

Errc code_of(int primary, int error_number) {
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Errc::busy;  // PROTOCOL: lost the race for the WAL's locks
    case SQLITE_READONLY:
      return Errc::read_only;
    case SQLITE_FULL:
      return Errc::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::permission;
    case SQLITE_TOOBIG:
      return Errc::invalid;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return code_of_errno(error_number);
    default:
      return Errc::io;
  }
}

std::string sentence(Errc code, const std::string& detail) {
  switch (code) {
    case Errc::busy:
      return "another program keeps the database locked; try again, or close that program";
    case Errc::read_only:
      return "the database cannot be written (read-only file, folder or file system); make it "
             "writable, or choose another with --db";
    case Errc::full:
      return "no space left for the database; free some disk space";
    case Errc::corrupt:
      return "this is no database that SQLite can use (" + detail +
             "); move it away, or choose another with --db";
    case Errc::permission:
      return "this user may not use the database (" + detail +
             "); change its permissions, or choose another with --db";
    case Errc::not_found:
      return "there is no database here (" + detail +
             "); check the path, or choose another with --db";
    default:
      return "the database failed (" + detail + "); check the disk, or choose another with --db";
  }
}

}  // namespace

std::string printable(const std::filesystem::path& file) {
  std::string text = file.string();
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

Error sqlite_error(sqlite3* db, int code, const std::filesystem::path& file) {
  const bool is_open = db != nullptr;
  const int error_number = is_open ? reason_of(db, code & 0xff) : errno;
  const Errc meaning = code_of(code & 0xff, error_number);
  // sqlite3_errmsg speaks of the connection's latest call; a statement that could not even be bound
  // has only its code.
  std::string detail = is_open && (sqlite3_errcode(db) & 0xff) == (code & 0xff)
                           ? sqlite3_errmsg(db)
                           : sqlite3_errstr(code);
  if (meaning == Errc::io && error_number != 0)
    detail += std::string{": "} + std::strerror(error_number);
  return {meaning, printable(file) + ": " + sentence(meaning, detail)};
}

Error file_error(int error_number, const std::filesystem::path& file) {
  const Errc meaning = code_of_errno(error_number);
  return {meaning, printable(file) + ": " + sentence(meaning, std::strerror(error_number))};
}

}  // namespace tidemark
