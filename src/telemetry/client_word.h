// What the program that started a job says of it, in its own table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

enum class ClientState : std::uint8_t {
  running,    // also of a process that is gone: nobody told the table
  completed,  // the trainer itself wrote so, as its last act
  stopped,    // somebody asked for it
  requeued,   // the same, and it starts again later
  failed,     // the trainer's own word, or that of who reaped it
  deleted,    // the job has no row any more
  unknown,    // a word that is none of ai-toolkit's
};

struct ClientWord {
  ClientState state = ClientState::unknown;
  std::string status{};  // as it stands there
  std::string info{};    // the client's text beside it; hostile, at most 500 bytes
};

inline std::string_view name_of(ClientState state) {
  switch (state) {
    case ClientState::running:
      return "running";
    case ClientState::completed:
      return "completed";
    case ClientState::stopped:
      return "stopped";
    case ClientState::requeued:
      return "requeued";
    case ClientState::failed:
      return "failed";
    case ClientState::deleted:
      return "deleted";
    case ClientState::unknown:
      break;
  }
  return "unknown";
}

}  // namespace tidemark
