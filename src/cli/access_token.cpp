#include "cli/access_token.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/unique_fd.h"

namespace tidemark {
namespace {

Error io_error(const std::filesystem::path& file) {
  return {errno == EACCES ? Errc::permission : Errc::io,
          file.string() + ": " + std::strerror(errno)};
}

Result<std::string> read_token(int fd, const std::filesystem::path& file) {
  struct stat found{};
  if (::fstat(fd, &found) != 0) return std::unexpected(io_error(file));
  if (!S_ISREG(found.st_mode)) return fail(Errc::malformed, file.string() + ": is no regular file");
  if ((found.st_mode & 077) != 0)
    return fail(Errc::permission,
                file.string() + ": other users may read it: chmod 600 it, or name another file");
  std::array<char, 256> bytes{};
  const auto count = ::read(fd, bytes.data(), bytes.size());
  if (count < 0) return std::unexpected(io_error(file));
  std::string token{bytes.data(), static_cast<std::size_t>(count)};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (!is_token(token))
    return fail(Errc::malformed,
                file.string() +
                    ": holds no token (16 to 200 letters, digits, - . _ ~); name another "
                    "file: one that is not there is made");
  return token;
}

Result<std::string> write_token(int fd, const std::filesystem::path& file) {
  auto token = random_secret();
  if (!token) return token;
  const std::string line = *token + "\n";
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return std::unexpected(io_error(file));
  return token;
}

}  // namespace

bool is_token(const std::string& text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  return text.size() >= 16 && text.size() <= 200 &&
         std::ranges::all_of(text, [&](char c) { return kAllowed.contains(c); });
}

Result<std::string> random_secret() {
  std::array<unsigned char, 32> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    return fail(Errc::io, std::string{"no random numbers: "} + std::strerror(errno));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string secret;
  for (const auto byte : bytes) secret += {kDigits[byte >> 4], kDigits[byte & 15]};
  return secret;
}

Result<std::string> read_or_make_token(const std::filesystem::path& file) {
  const UniqueFd there{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (there) return read_token(there.get(), file);
  if (errno != ENOENT) return std::unexpected(io_error(file));
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path().parent_path(), ignored);
  (void)::mkdir(file.parent_path().c_str(), 0700);
  const UniqueFd made{
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!made) return std::unexpected(io_error(file));
  return write_token(made.get(), file);
}

}  // namespace tidemark
