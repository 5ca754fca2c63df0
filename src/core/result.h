// Errors are values: what went wrong, where, and what to do about it.
#pragma once

#include <expected>
#include <string>

namespace tidemark {

/// What a caller can act on. Text for people is in `Error::message`.
enum class Errc {
  not_found,    // a file, a process, a job that is not there
  permission,   // may not be read or written by this user
  malformed,    // bytes that do not mean what they should
  too_new,      // written by a later version
  busy,         // another program holds it; trying again may help
  read_only,    // can be read, not written
  full,         // no space left
  corrupt,      // a database that SQLite itself calls broken, or no database at all
  gone,         // the process ended while it was read
  unsupported,  // this kernel or machine does not offer it
  invalid,      // the caller's words are off
  io,           // any other failure of the system; the message has strerror's text
};

struct Error {
  Errc code{};
  std::string message{};  // one line: what, where, what to do
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for the common `return std::unexpected(Error{...})`.
inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace tidemark
