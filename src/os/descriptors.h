// What is asked of descriptors beyond POSIX, or what POSIX has only since 2024 (pipe2, dup3): one
// file a system. All that is opened here is close-on-exec.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// On macOS close-on-exec is set a moment after the pipe was made: a program that another thread
/// starts in that moment inherits it.
Result<Pipe> open_pipe();

/// Two stream sockets joined to each other, both non-blocking.
Result<std::pair<UniqueFd, UniqueFd>> open_socket_pair();

/// Reads and writes that would wait answer EAGAIN instead, for everyone who shares the description.
void set_non_blocking(int fd);

/// `number` becomes what `fd` is, close-on-exec; what it was is closed.
void replace_descriptor(int fd, int number);

/// The same pipe or terminal, opened once more for writing: a description of its own, whose
/// O_NONBLOCK nobody else sees. Empty where it is refused (another user's terminal) or cannot be
/// had (macOS: a pipe, as /dev/fd there duplicates).
UniqueFd reopen_for_writing(int fd);

/// Where the file behind a descriptor was found when it was opened; the caller looks whether it is
/// still there.
std::optional<std::string> path_of_descriptor(int fd);

/// Asks for room in a pipe; a system that cannot leaves it as it is (macOS grows them by itself).
void ask_for_pipe_room(int fd, int bytes);

/// When the open file was last written to, in Unix seconds.
std::optional<double> modified_at(int fd);

/// Of a forked child that lives on without an exec: somebody waits for the end of all that it
/// inherited and does not use. Negative numbers are passed over.
void close_all_descriptors_but(std::vector<int> kept);

}  // namespace tidemark
